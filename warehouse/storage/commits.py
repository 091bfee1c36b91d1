"""What is kept about each write to a table."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from warehouse.quoting import quote_text
from warehouse.settings import code_version

_SECRET = re.compile(r"://[^/?#@\s\"]+@")
"""User and password in an address: the log keeps for ever what it is told."""
Scope = Mapping[str, str | Sequence[str]]
"""Values of key columns, one or several of each: the part of a table that a write replaces."""


@dataclass(frozen=True)
class Provenance:
    """Where rows come from; stored with the commit that writes them.

    For data from outside, `parameters` hold their `license` and `citations`, a list.
    """

    source: str
    source_version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def note(self, n_rows: int) -> str:
        """What the metadata of a commit of `n_rows` say, as JSON."""
        note = {
            "source": self.source,
            "source_version": self.source_version,
            "code_version": code_version(),
            "n_rows": n_rows,
            "parameters": dict(self.parameters),
        }
        return _SECRET.sub("://", json.dumps(note, default=str))


@dataclass(frozen=True)
class Commit:
    """What a write did: rows now in the scope that was written, or added by an insert."""

    table: str
    version: int
    n_rows: int
    n_quarantined: int
    is_new: bool
    scope: str = ""


@dataclass(frozen=True)
class Version:
    """One entry of a table's history."""

    version: int
    committed_at: datetime
    provenance: Mapping[str, Any]


def place_rows(columns: set[str], scope: Scope | None) -> dict[str, str]:
    """How Delta Lake puts rows in the place of those in `scope`; None adds them.

    `columns` are those that the table has.
    """
    if scope == {}:
        return {"mode": "overwrite", "schema_mode": "overwrite"}
    # Rows of older code, which lack a column, are not in a scope that names a value of it.
    if scope is None or not scope.keys() <= columns:
        return {"mode": "append", "schema_mode": "merge"}
    return {"mode": "overwrite", "predicate": scope_predicate(scope), "schema_mode": "merge"}


def name_scope(scope: Scope) -> str:
    """The rows in `scope`, for people: digests tell them nothing."""
    told = {
        name: list_values(value) for name, value in scope.items() if not name.endswith("_digest")
    }
    return ", ".join(text for values in told.values() for text in values)


def in_scope(scope: Scope) -> pl.Expr:
    """The rows in `scope`, as polars asks for them."""
    parts = (pl.col(name).is_in(list_values(value)) for name, value in scope.items())
    return pl.all_horizontal(pl.lit(True), *parts)


def list_values(value: str | Sequence[str]) -> list[str]:
    """The values that a scope has of one column."""
    return [value] if isinstance(value, str) else list(value)


def keep_refused(refused: pl.DataFrame, scope: Scope, kept: Scope) -> pl.DataFrame:
    """Of `refused`, rows of the quarantine, leave out those in `scope` that are not in `kept`."""
    scopes = {text: json.loads(text).items() for text in refused["scope"].unique()}
    gone = [t for t, of in scopes.items() if scope.items() <= of and not kept.items() <= of]
    return refused.filter(~pl.col("scope").is_in(gone))


def scope_predicate(scope: Scope) -> str:
    """The rows in `scope`, as Delta Lake's SQL asks for them."""
    return " and ".join(
        f"{name} = {quote_text(value)}"
        if isinstance(value, str)
        else f"{name} in ({', '.join(map(quote_text, value))})"
        for name, value in scope.items()
    )
