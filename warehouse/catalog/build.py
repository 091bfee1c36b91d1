"""Builds the catalog: one DuckDB file with a view for every table and every SQL file.

Any DuckDB client opens it, with no extension. A build writes a new file and renames it over
the old one, so a reader is never disturbed and never sees half a catalog.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from warehouse.catalog.column_docs import document_columns
from warehouse.catalog.views import LAYERS, View, load_views, problem
from warehouse.errors import WarehouseError, first_line
from warehouse.quoting import quote_files, quote_name, quote_text
from warehouse.settings import SQL_DIR
from warehouse.storage.delta import (
    damaged,
    list_files,
    list_version_files,
    open_newest,
)
from warehouse.storage.drafts import draft_file
from warehouse.storage.files import let_duckdb_read, list_log_entries
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES, column_docs, table_doc, untold_values

Versions = Mapping[str, int | None]
"""Version of each table; None for one that is empty."""
READABLE: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.0.0"
}
"""Lets each DuckDB since 1.0 open the catalog, not only those as new as the one that wrote it."""


def build_catalog(
    store: Store,
    sql_dir: Path = SQL_DIR,
    *,
    versions: Versions | None = None,
    target: Path | None = None,
) -> list[View]:
    """Write the catalog of `store` with the views of `sql_dir`; return the views in order.

    `versions` of tables, instead of the newest, make a catalog of the past in the file `target`;
    a table that they do not name is empty there.

    Raises WarehouseError if a table is damaged, a file breaks the rules of
    `warehouse.catalog.views`, or DuckDB refuses a view. The old catalog then stays as it was.
    """
    views = load_views(sql_dir)
    docs = document_columns(views, {f"raw.{table}": column_docs(table) for table in TABLES})
    # One build at a time: the last to finish has seen the newest tables.
    with hold_lock(store.warehouse.lock("catalog")):
        if versions is None:
            newest = _open_all(store)
            versions = {table: d.version() if d else None for table, d in newest.items()}
            files = {table: list_files(store.path(table), newest[table]) for table in TABLES}
        else:
            files = {
                table: list_version_files(store.path(table), version)
                for table, version in versions.items()
                if version is not None
            }
        _write_catalog(store.warehouse, target, versions, files, views, docs)
    return views


def _open_all(store: Store) -> dict[str, DeltaTable | None]:
    """The newest version of every table, as they all were at one moment.

    A job that writes several tables keeps them fit for each other after every commit, but not
    each with what another was before.
    """
    seen = None
    while seen != (now := {table: len(list_log_entries(store.path(table))) for table in TABLES}):
        seen = now
        newest = {table: open_newest(store.path(table)) for table in TABLES}
    return newest


def _write_catalog(
    warehouse: Warehouse,
    target: Path | None,
    versions: Versions,
    files: Mapping[str, list[Path]],
    views: list[View],
    docs: Mapping[str, Mapping[str, str]],
) -> None:
    target = target or warehouse.catalog
    try:
        with _make_place(target) as made, duckdb.connect(made, config=READABLE) as connection:
            let_duckdb_read(connection, warehouse.tables)
            connection.begin()
            for layer in LAYERS:
                connection.execute(f"create schema {layer}")
            for table in TABLES:
                _create_raw_view(connection, table, files.get(table, []))
            for table in TABLES:
                _comment(connection, f"raw.{table}", table_doc(table), docs)
            _create_views(connection, views, docs)
            _record_lineage(connection, versions, views)
            connection.commit()
            connection.execute("checkpoint")
    except (
        OSError,
        duckdb.IOException,
        duckdb.TransactionException,
        duckdb.FatalException,
    ) as error:
        raise WarehouseError(
            f"{target} cannot be written: {first_line(error)}",
            hint="check that the folder is writable and the disk has room, then run again",
        ) from error


@contextmanager
def _make_place(target: Path) -> Iterator[Path]:
    """Hand out a path for DuckDB to make a catalog in, which becomes `target` when it is whole."""
    with draft_file(target) as draft:
        if "?" not in str(draft):
            yield draft
            return
        # In such a path DuckDB looks for its write-ahead log elsewhere.
        with tempfile.TemporaryDirectory(prefix="quarry-") as folder:
            yield Path(folder) / target.name
            shutil.copyfile(Path(folder) / target.name, draft)


def _create_raw_view(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path]) -> None:
    """`raw.<table>` reads exactly the Parquet files of the table's newest version.

    A column that is younger than a file is NULL in its rows, or the text for what is untold.
    """
    connection.register("no_rows", TABLES[table].create_empty().to_arrow())
    types = _columns(connection, "no_rows")
    rows, held = "(select 1 where false)", set[str]()
    try:
        if files:
            paths = quote_files(path.resolve() for path in files)
            rows = f"read_parquet({paths}, union_by_name = true)"
            held = set(_columns(connection, rows))
        untold = untold_values(TABLES[table])
        columns = ", ".join(
            _raw_column(name, type_name, name in held, untold.get(name))
            for name, type_name in types.items()
        )
        connection.execute(f"create view raw.{table} as select {columns} from {rows}")
    except duckdb.Error as error:
        raise damaged(files[0].parent, first_line(error)) from error


def _raw_column(name: str, type_name: str, is_held: bool, untold: str | None) -> str:
    """The SQL of a column of a table's view."""
    quoted = quote_name(name)
    value = quoted if is_held else f"cast(null as {type_name})"
    if untold is not None:
        value = f"coalesce({value}, {quote_text(untold)})"
    return quoted if value == quoted else f"{value} as {quoted}"


def _columns(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[str, str]:
    """Columns of the table or function `rows` and their types."""
    described = connection.execute(f"describe select * from {rows}").fetchall()
    return {row[0]: row[1] for row in described}


def _create_views(
    connection: duckdb.DuckDBPyConnection, views: list[View], docs: Mapping[str, Mapping[str, str]]
) -> None:
    """Create the views with their documentation.

    DuckDB binds a view when it is made, and with it all views below. So each is made while empty
    tables stand for those below, in a fifth of the time.
    """
    for view in views:
        try:
            connection.execute(f"create table {view.name} as from (\n{view.sql}\n) limit 0")
        except duckdb.Error as error:
            raise problem(view.path, f"is refused by DuckDB: {first_line(error)}") from error
        columns = tuple(_columns(connection, view.name))
        if columns != view.columns:
            raise problem(
                view.path,
                f"makes the columns {', '.join(columns)} but names {', '.join(view.columns)}",
            )
    for view in reversed(views):
        connection.execute(f"drop table {view.name}")
        connection.execute(f"create view {view.name} as {view.sql}")
        _comment(connection, view.name, view.doc, docs)


def _comment(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    doc: str,
    docs: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the documentation of a view and of its columns into the catalog."""
    connection.execute(f"comment on view {view} is {quote_text(doc)}")
    for column, column_doc in docs[view].items():
        connection.execute(
            f"comment on column {view}.{quote_name(column)} is {quote_text(column_doc)}"
        )


def _record_lineage(
    connection: duckdb.DuckDBPyConnection, versions: Versions, views: list[View]
) -> None:
    """Keep what the catalog was built from: versions of tables, digests of views' SQL."""
    connection.execute(
        "create table raw.catalog_lineage "
        "(name varchar, version integer, sha256 varchar, reads varchar[])"
    )
    lineage: list[tuple[str, int | None, str | None, list[str]]] = [
        (f"raw.{table}", version, None, [])
        for table, version in versions.items()
        if version is not None
    ]
    lineage += [(view.name, None, view.sha256, sorted(view.reads)) for view in views]
    connection.executemany("insert into raw.catalog_lineage values (?, ?, ?, ?)", lineage)
