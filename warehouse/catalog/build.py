"""Builds the catalog: one DuckDB file with functions and a view for every table and SQL file.

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

from warehouse.catalog.blank import READABLE, make_blank_catalog
from warehouse.catalog.functions import Function, load_functions
from warehouse.catalog.raw_views import create_raw_view
from warehouse.catalog.views import View, load_views
from warehouse.errors import WarehouseError, first_line
from warehouse.settings import SQL_DIR
from warehouse.storage.delta import list_files, list_version_files, open_newest
from warehouse.storage.drafts import draft_file
from warehouse.storage.files import let_duckdb_read, list_log_entries
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES

Versions = Mapping[str, int | None]
"""Version of each table; None for one that is empty."""


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
    views, functions = load_views(sql_dir), load_functions(sql_dir)
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
        _write_catalog(store.warehouse, target, versions, files, functions, views)
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
    functions: list[Function],
    views: list[View],
) -> None:
    target = target or warehouse.catalog
    try:
        with _make_place(target) as made:
            made.write_bytes(make_blank_catalog(tuple(views), tuple(functions)))
            with duckdb.connect(made, config=READABLE) as connection:
                let_duckdb_read(connection, warehouse.tables)
                connection.begin()
                for table in TABLES:
                    if files.get(table):
                        create_raw_view(connection, table, files[table])
                _record_versions(connection, versions)
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


def _record_versions(connection: duckdb.DuckDBPyConnection, versions: Versions) -> None:
    """Keep which versions of the tables the catalog was built from, beside what its views are."""
    held = [(f"raw.{table}", version) for table, version in versions.items() if version is not None]
    if held:
        connection.executemany("insert into raw.catalog_lineage values (?, ?, null, [])", held)
