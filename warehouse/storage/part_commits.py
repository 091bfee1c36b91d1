"""Staged parts enter their table in one commit, row group by row group.

The rows are never all in memory, however many parts there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from warehouse.storage.checksums import record_checksums
from warehouse.storage.commits import Commit, Provenance, Scope, name_scope, scope_predicate
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


def commit_parts(
    store: Store,
    table: str,
    area: StagingArea,
    *,
    scope: Scope,
    provenance: Provenance,
    keep_others: bool = False,
) -> Outcome:
    """Make the rows of all parts the part of `table` in `scope`; refused ones are quarantined.

    With `keep_others`, rows in the scope whose key no part has stay in the table. Rows of
    different parts that share a key are all refused, as they are within a part.
    """
    schema = TABLES[table]
    key = schema.primary_key()
    parts = _scan(list(area.parts().values()), table)
    rows = parts.filter(pl.col("refused_row").is_null()).select(schema.column_names())
    repeated = rows.group_by(key).len().filter(pl.col("len") > 1).select(key).collect()
    refused = pl.concat([_refused(parts), _repeated(rows, repeated, key)])
    if repeated.height:
        rows = rows.join(repeated.lazy(), on=key, how="anti")
    census = rows.select(pl.len().alias(""), pl.all().null_count()).collect(engine="streaming")
    nulls = census.row(0, named=True)
    n_rows = nulls.pop("")
    store.quarantine(table, scope, refused, provenance, keep=True)
    commit = _commit(store, table, rows, scope, provenance, keep_others, refused.height)
    if not keep_others:  # Last, so that no refused row is lost whenever this stops.
        store.quarantine(table, scope, refused, provenance)
    return Outcome(commit, n_rows, refused, nulls)


def _commit(
    store: Store,
    table: str,
    rows: pl.LazyFrame,
    scope: Scope,
    provenance: Provenance,
    keep_others: bool,
    n_quarantined: int,
) -> Commit:
    """Commit `rows`; look again at what the table holds if another process was faster."""
    in_scope = pl.all_horizontal(*(pl.col(name) == value for name, value in scope.items()))
    key = TABLES[table].primary_key()
    name = name_scope(scope)
    while True:
        delta = open_newest(store.path(table))
        held = _scan(list_files(store.path(table), delta), table).filter(in_scope)
        held, new = held.select(TABLES[table].column_names()), rows
        if keep_others:
            new = pl.concat([rows, held.join(rows.select(key), on=key, how="anti")])
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
            record_checksums(store.path(table), store.files(table))
            return Commit(table, version, n_rows, n_quarantined, True, name)


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


def _repeated(rows: pl.LazyFrame, repeated: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The rows whose key several parts have, as they are quarantined."""
    if repeated.is_empty():
        return pl.DataFrame(schema=REFUSED_SCHEMA)
    found = rows.join(repeated.lazy(), on=key, how="semi").collect()
    return found.select(row=pl.struct(pl.all()).struct.json_encode(), reason=pl.lit("primary_key"))


def _count(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _digest(rows: pl.LazyFrame) -> int:
    """A number that tells different rows apart, whatever their order."""
    columns = sorted(rows.collect_schema().names())
    digest = pl.struct(columns).hash(seed=0).sum().fill_null(0)
    return int(rows.select(digest).collect(engine="streaming").item())
