"""Staged parts enter their table in one commit, row group by row group.

The rows are never all in memory, however many parts there are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.storage.checksums import record_checksums
from warehouse.storage.commits import (
    Commit,
    Provenance,
    Scope,
    in_scope,
    name_scope,
    scope_predicate,
)
from warehouse.storage.delta import list_files, open_newest, try_commit
from warehouse.storage.files import scan_parquet
from warehouse.storage.staging_area import REFUSED_COLUMNS, StagingArea
from warehouse.storage.store import Store
from warehouse.storage.validation import REFUSED_SCHEMA
from warehouse.tables import TABLES

BATCH_ROWS = 20_000
"""Rows that are handed to the table at a time."""


@dataclass(frozen=True)
class Outcome:
    """What became of the parts: the commit, and how often each column of its rows is NULL."""

    commit: Commit
    n_rows: int
    refused: pl.DataFrame
    nulls: Mapping[str, int]
    n_merged: int = 0


def commit_parts(
    store: Store,
    table: str,
    area: StagingArea,
    *,
    scope: Scope,
    provenance: Provenance,
    keep_others: bool = False,
    not_asked: Sequence[str] = (),
    of_one: str = "",
) -> Outcome:
    """Make the rows of all parts the part of `table` in `scope`; refused ones are quarantined.

    With `keep_others`, rows in the scope whose key no part has stay in the table. Rows of
    different parts that are equal count once; others that share a key are all refused, as they are
    within a part. Columns that were `not_asked` for keep what the table has in rows of the same
    key and the same `of_one`; raises WarehouseError, and changes nothing, if it has some in a row
    that differs in `of_one`, for a row must not be of two releases.
    """
    schema = TABLES[table]
    key = schema.primary_key()
    parts = _scan(list(area.parts().values()), table)
    rows = parts.filter(pl.col("refused_row").is_null()).select(schema.column_names())
    repeated = rows.group_by(key).len().filter(pl.col("len") > 1).select(key).collect()
    merged, copies = _merge(rows, repeated, key)
    refused = pl.concat([_refused(parts), copies])
    n_merged = 0
    if repeated.height:
        alone = rows.join(repeated.lazy(), on=key, how="anti")
        n_merged = _count(rows) - _count(alone) - merged.height - copies.height
        rows = pl.concat([alone, merged.lazy()])
    census = rows.select(pl.len().alias(""), pl.exclude(not_asked).null_count()).collect(
        engine="streaming"
    )
    nulls = census.row(0, named=True)
    n_rows = nulls.pop("")

    def change(held: pl.LazyFrame) -> pl.LazyFrame:
        new = _keep_columns(rows, held, table, not_asked, of_one)
        if keep_others:
            new = pl.concat([new, held.join(rows.select(key), on=key, how="anti")])
        return new

    change(_held(store, table, open_newest(store.path(table)), scope))
    store.quarantine(table, scope, refused, provenance, keep=True)
    commit = _commit(store, table, change, scope, provenance, refused.height)
    if not keep_others:  # Last, so that no refused row is lost whenever this stops.
        store.quarantine(table, scope, refused, provenance)
    return Outcome(commit, n_rows, refused, nulls, n_merged)


def _commit(
    store: Store,
    table: str,
    change: Callable[[pl.LazyFrame], pl.LazyFrame],
    scope: Scope,
    provenance: Provenance,
    n_quarantined: int,
) -> Commit:
    """Commit what `change` makes of the rows; look again at them if another process was faster."""
    name = name_scope(scope)
    while True:
        delta = open_newest(store.path(table))
        held = _held(store, table, delta, scope)
        new = change(held)
        n_rows = _count(new)
        if delta is not None and n_rows == _count(held) and _digest(new) == _digest(held):
            return Commit(table, delta.version(), n_rows, n_quarantined, False, name)
        version = try_commit(
            store.path(table),
            delta,
            new.collect_batches(chunk_size=BATCH_ROWS, lazy=True),
            provenance.note(n_rows),
            mode="overwrite",
            predicate=scope_predicate(scope),
            schema_mode="merge",
        )
        if version is not None:
            record_checksums(store.path(table), store.files(table), version)
            return Commit(table, version, n_rows, n_quarantined, True, name)


def _held(store: Store, table: str, delta: DeltaTable | None, scope: Scope) -> pl.LazyFrame:
    """The rows that the table has in the scope."""
    rows = _scan(list_files(store.path(table), delta), table).filter(in_scope(scope))
    return rows.select(TABLES[table].column_names())


def _keep_columns(
    rows: pl.LazyFrame, held: pl.LazyFrame, table: str, not_asked: Sequence[str], of_one: str
) -> pl.LazyFrame:
    """The rows with what the table has in the columns `not_asked`, where `of_one` is the same."""
    if not not_asked:
        return rows
    key, columns = TABLES[table].primary_key(), TABLES[table].column_names()
    old = held.select(*key, of_one, *not_asked).rename(lambda name: f"held_{name}")
    keys = [f"held_{name}" for name in key]
    pairs = rows.join(old, left_on=key, right_on=keys)
    differs = pl.col(of_one).ne_missing(pl.col(f"held_{of_one}"))
    lost = pairs.filter(differs).select(pl.col(f"held_{name}").count() for name in not_asked)
    counts = lost.collect(engine="streaming").row(0)
    if erased := [name for name, n in zip(not_asked, counts, strict=True) if n]:
        raise WarehouseError(
            f"{table}: {max(counts):,} rows of another {of_one} have values that were not asked "
            f"for: {', '.join(erased)}",
            hint="ask for all fields, so that no row is of two releases; or use another warehouse",
        )
    joined = rows.join(
        old,
        left_on=[*key, of_one],
        right_on=[*keys, f"held_{of_one}"],
        how="left",
        nulls_equal=True,
    )
    return joined.with_columns(
        pl.coalesce(name, f"held_{name}").alias(name) for name in not_asked
    ).select(columns)


def _scan(files: list[Path], table: str) -> pl.LazyFrame:
    """Rows of Parquet files of `table`, with what was refused if they are parts."""
    schema = TABLES[table].create_empty().schema
    if not files:
        return pl.LazyFrame(schema={**schema, **REFUSED_COLUMNS})
    return scan_parquet(
        files,
        schema={**schema, **REFUSED_COLUMNS},
        missing_columns="insert",
        extra_columns="ignore",
    )


def _refused(parts: pl.LazyFrame) -> pl.DataFrame:
    refused = parts.filter(pl.col("refused_row").is_not_null())
    return refused.select(
        pl.col(held).alias(name) for held, name in zip(REFUSED_COLUMNS, REFUSED_SCHEMA, strict=True)
    ).collect()


def _merge(
    rows: pl.LazyFrame, repeated: pl.DataFrame, key: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose key several parts have: one of those that are equal; others, to be refused."""
    if repeated.is_empty():
        return rows.head(0).collect(), pl.DataFrame(schema=REFUSED_SCHEMA)
    text = pl.struct(pl.all()).struct.json_encode().alias("row")
    found = rows.join(repeated.lazy(), on=key, how="semi").with_columns(text).collect()
    is_equal = pl.col("row").n_unique().over(key) == 1
    equal = found.filter(is_equal).unique("row", keep="first", maintain_order=True).drop("row")
    return equal, found.filter(~is_equal).select("row", reason=pl.lit("primary_key"))


def _count(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _digest(rows: pl.LazyFrame) -> int:
    """A number that tells different rows apart, whatever their order."""
    columns = sorted(rows.collect_schema().names())
    digest = pl.struct(columns).hash(seed=0).sum().fill_null(0)
    return int(rows.select(digest).collect(engine="streaming").item())
