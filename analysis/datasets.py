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
class Lineage:
    """What data were made from: digests of tables' rows and of views' SQL, by name.

    `versions` are those of the tables. Equal digests mean equal data, whatever the versions.
    """

    sha256: Mapping[str, str]
    versions: Mapping[str, int]


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
        lineage: Every table and view that the data were made from.

    """

    name: str
    feature_space: str
    X: FloatArray
    y: FloatArray
    feature_names: tuple[str, ...]
    samples: pl.DataFrame
    lineage: Lineage


def read_rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> pl.DataFrame:
    """Return the rows of `sql`."""
    with explained():
        rows: pl.DataFrame = connection.sql(sql, params=list(parameters)).pl()
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


def read_lineage(connection: duckdb.DuckDBPyConnection, *views: str) -> Lineage:
    """What `views` were made from, directly or through other views."""
    rows = read_rows(
        connection,
        """
        with recursive upstream(name) as (
            select unnest(cast(? as varchar[]))
            union
            select unnest(lineage.reads)
            from raw.catalog_lineage as lineage
            inner join upstream on lineage.name = upstream.name
        )
        select name, version, sha256
        from raw.catalog_lineage
        where name in (select name from upstream)
        order by name
        """,
        [list(views)],
    )
    versions = dict(rows.drop_nulls("version").select("name", "version").iter_rows())
    digests = dict(rows.drop_nulls("sha256").select("name", "sha256").iter_rows())
    return Lineage(digests | {name: _digest(connection, name) for name in versions}, versions)


def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Digest of the rows of `table`, whatever their order and the files that hold them."""
    rows = read_rows(
        connection,
        f"""
        select sha256(coalesce(string_agg(digest, '' order by digest), ''))
        from (select md5(cast(rows as varchar)) as digest from {table} as rows)
        """,
    )
    return str(rows.item())
