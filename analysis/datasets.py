"""A mart as arrays: what a model is fitted to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.catalog.connection import plain_duckdb_errors
from warehouse.errors import WarehouseError

FloatArray = NDArray[np.float64]


def refuse_bare_text(items: Sequence[str], example: str) -> None:
    """Raise WarehouseError for a text in place of a list of texts; Python would take letters."""
    if isinstance(items, str):
        raise WarehouseError(f"{items!r} is no list", hint=f"give one, such as [{example!r}]")


LARGE = 500_000
"""Numbers of a matrix that fits take seconds with."""


@dataclass(frozen=True)
class Dataset:
    """Samples with features and a target.

    Attributes:
        name: The alloy or benchmark.
        feature_space: What the columns of `X` are: a cluster space or a view.
        X: Features, shape (n_samples, n_features).
        y: Target, shape (n_samples,): eV/atom, or 1 for a metal and 0 for none.
        feature_names: One per column of `X`.
        samples: The mart's other columns, one row per sample: keys, labels, splits.

    """

    name: str
    feature_space: str
    X: FloatArray
    y: FloatArray
    feature_names: tuple[str, ...]
    samples: pl.DataFrame

    @property
    def is_large(self) -> bool:
        """Whether fits to it take seconds: see `run_jobs`."""
        return self.X.size > LARGE


_kept: ContextVar[dict[Any, pl.DataFrame] | None] = ContextVar("kept", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Within this context `read_rows` asks each query of a connection once, and keeps its rows."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def read_rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> pl.DataFrame:
    """Return the rows of `sql`."""
    kept, key = _kept.get(), (id(connection), sql, repr(parameters))
    if kept is not None and key in kept:
        return kept[key]
    with plain_duckdb_errors():
        rows: pl.DataFrame = connection.sql(sql, params=list(parameters)).pl()
    if kept is not None:
        kept[key] = rows
    return rows


def read_samples(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[object],
    *,
    missing: str,
    choices: str,
) -> pl.DataFrame:
    """Return the rows of `sql`.

    If there are none, raises WarehouseError that says what is `missing` and what the query
    `choices` offers instead.
    """
    rows = read_rows(connection, sql, parameters)
    if rows.is_empty():
        there = read_rows(connection, choices).to_series().to_list()
        hint = f"there are: {', '.join(there)}" if there else "run `python -m ingest all`"
        raise WarehouseError(missing, hint=hint)
    return rows
