"""What is kept about each write to a table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from warehouse.quoting import quote_text
from warehouse.settings import code_version

Scope = Mapping[str, str]
"""Values of key columns: the part of a table that a write replaces."""


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
        return json.dumps(note, default=str)


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


def scope_predicate(scope: Scope) -> str:
    """The rows in `scope`, as Delta Lake's SQL asks for them."""
    return " and ".join(f"{name} = {quote_text(value)}" for name, value in scope.items())
