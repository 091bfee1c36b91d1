"""What one version of a table has that another has not: rows by primary key, cell by cell."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.quoting import quote_files, quote_name, quote_text
from warehouse.storage.delta import list_version_files
from warehouse.storage.files import let_duckdb_read
from warehouse.storage.store import Store
from warehouse.tables import TABLES, untold_values

LABELS = {"materials": "is_metal"}
"""Of each table, the column whose changes from one value to another come first."""


@dataclass(frozen=True)
class Difference:
    """How two versions of a table differ; `rows` has one row per cell or row that does.

    Its columns are change (added, removed, changed), those of the table's key, and column,
    before and after, which are NULL for a row that was added or removed. It lives as long as
    the connection that `compare_versions` opens.
    """

    versions: tuple[int, int]
    n_rows: tuple[int, int]
    n_added: int
    n_removed: int
    n_changed: int
    n_by_column: dict[str, int]
    n_flipped: int
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    rows: duckdb.DuckDBPyRelation


def choose_versions(store: Store, table: str, old: int | None, new: int | None) -> tuple[int, int]:
    """The versions to compare: by default the newest, and the one before it."""
    newest = store.version(table)
    if newest is None:
        raise WarehouseError(f"{table} was never written", hint="run `python -m ingest all`")
    new = newest if new is None else new
    old = new - 1 if old is None else old
    if old < 0:
        raise WarehouseError(
            f"{table} has no version before {new}", hint="there is nothing to compare it with yet"
        )
    return old, new


@contextmanager
def compare_versions(store: Store, table: str, old: int, new: int) -> Iterator[Difference]:
    """Compare two versions of `table`, in memory that spills to disk.

    Raises WarehouseError if a version does not exist, or its files were vacuumed or damaged.
    """
    files = [list_version_files(store.path(table), version) for version in (old, new)]
    with tempfile.TemporaryDirectory(prefix="quarry-diff-") as folder, duckdb.connect() as db:
        let_duckdb_read(db, store.path(table))
        db.execute("set temp_directory = ?", [folder])
        for name, paths in zip(("before", "after"), files, strict=True):
            _create_side(db, table, name, paths)
        columns = [db.table(name).columns for name in ("before", "after")]
        keys = TABLES[table].primary_key()
        both = [name for name in columns[1] if name in columns[0] and name not in keys]
        db.execute(_changes_sql(keys, both, LABELS.get(table)))
        counts = dict(db.execute("select change, count(*) from changes group by all").fetchall())
        by_column = db.execute(
            "select cell.name, count(*) from (select unnest(cells) as cell from changes) "
            "group by all order by 2 desc, 1"
        ).fetchall()
        flipped = db.execute("select count(*) from changes where is_flipped").fetchall()
        key_list = ", ".join(quote_name(key) for key in keys)
        yield Difference(
            versions=(old, new),
            n_rows=(len(db.table("before")), len(db.table("after"))),
            n_added=counts.get("added", 0),
            n_removed=counts.get("removed", 0),
            n_changed=counts.get("changed", 0),
            n_by_column=dict(by_column),
            n_flipped=flipped[0][0],
            columns_added=tuple(name for name in columns[1] if name not in columns[0]),
            columns_removed=tuple(name for name in columns[0] if name not in columns[1]),
            rows=db.sql(
                f"select change, {key_list}, cell.name as column, cell.before, cell.after "
                "from (select *, unnest(if(len(cells) = 0, [null], cells)) as cell from changes) "
                f"order by is_flipped desc, change = 'changed' desc, change desc, {key_list}, "
                "cell.name"
            ),
        )


def _create_side(db: duckdb.DuckDBPyConnection, table: str, name: str, files: list[Path]) -> None:
    if files:
        rows = f"read_parquet({quote_files(files)}, union_by_name = true)"
        held = db.execute(f"describe select * from {rows}").fetchall()
        told = {column: quote_name(column) for column, *_ in held}
        for column, text in untold_values(TABLES[table]).items():
            known = f"coalesce({told[column]}, {quote_text(text)})" if column in told else None
            told[column] = f"{known or quote_text(text)} as {quote_name(column)}"
        db.execute(f"create view {name} as select {', '.join(told.values())} from {rows}")
    else:
        db.register("no_rows", TABLES[table].create_empty().to_arrow())
        db.execute(f"create table {name} as from no_rows")


def _changes_sql(keys: list[str], columns: list[str], label: str | None) -> str:
    """SQL of the table `changes`: one row per key that differs, how, and its changed cells."""
    cells = ", ".join(
        f"case when before.{quote_name(name)} is distinct from after.{quote_name(name)} then "
        f"{{'name': {quote_text(name)}, 'before': before.{quote_name(name)}::varchar, "
        f"'after': after.{quote_name(name)}::varchar}} end"
        for name in columns
    )
    names = [quote_name(key) for key in keys]
    both = " and ".join(f"before.{name} = after.{name}" for name in names)
    flip = f"coalesce(before.{label} <> after.{label}, false)" if label in columns else "false"
    return f"""
create table changes as
select
    {", ".join(f"coalesce(after.{name}, before.{name}) as {name}" for name in names)},
    case
        when before.{names[0]} is null then 'added' when after.{names[0]} is null then 'removed'
        else 'changed'
    end as change,
    {flip} as is_flipped,
    if(change = 'changed', list_filter([{cells}], lambda cell: cell is not null), [])
        ::struct(name varchar, before varchar, after varchar)[] as cells
from before
full join after on {both}
where change <> 'changed' or len(cells) > 0"""
