"""A mart as arrays: what a model is fitted to, and where that came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.connection import explained
from warehouse.errors import WarehouseError

FloatArray = NDArray[np.float64]


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
        lineage: Version of each table and digest of each view that the mart reads.

    """

    name: str
    feature_space: str
    X: FloatArray
    y: FloatArray
    feature_names: tuple[str, ...]
    samples: pl.DataFrame
    lineage: Mapping[str, str]


def read_rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> pl.DataFrame:
    """Return the rows of `sql`."""
    with explained():
        rows: pl.DataFrame = connection.sql(sql, params=list(parameters)).pl()
        return rows


def read_samples(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object], missing: str
) -> pl.DataFrame:
    """Return the rows of `sql`; raise WarehouseError saying what is `missing` if there are none."""
    rows = read_rows(connection, sql, parameters)
    if rows.is_empty():
        raise WarehouseError(
            missing, hint="run `make ingest build`, or name another with an option"
        )
    return rows


def read_lineage(connection: duckdb.DuckDBPyConnection, view: str) -> dict[str, str]:
    """Fingerprints of `view` and of all that it reads, directly or through other views."""
    rows = read_rows(
        connection,
        """
        with recursive upstream(name) as (
            select cast(? as varchar)
            union
            select unnest(lineage.reads)
            from raw.catalog_lineage as lineage
            inner join upstream on lineage.name = upstream.name
        )
        select name, fingerprint
        from raw.catalog_lineage
        where name in (select name from upstream)
        order by name
        """,
        [view],
    )
    return dict(rows.iter_rows())
