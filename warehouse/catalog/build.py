"""Builds the catalog: one DuckDB file with functions and a view for every table and SQL file.

Any DuckDB client opens it, with no extension. A build writes a new file and renames it over
the old one, so a reader is never disturbed and never sees half a catalog.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from warehouse.catalog.blank import READABLE, make_blank_catalog
from warehouse.catalog.functions import load_functions
from warehouse.catalog.raw_views import create_raw_view
from warehouse.catalog.views import View, load_views
from warehouse.errors import WarehouseError, first_line
from warehouse.quoting import quote_text
from warehouse.settings import PROJECT_DIR, SQL_DIR
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
    sources = _digest_sources(sql_dir)  # First: what changes meanwhile is built the next time.
    views, functions = load_views(sql_dir), load_functions(sql_dir)
    # One build at a time: the last to finish has seen the newest tables.
    with hold_lock(store.warehouse.lock("catalog")):
        if versions is None:
            versions, files = _list_newest(store)
        else:
            files = {
                table: list_version_files(store.path(table), version)
                for table, version in versions.items()
                if version is not None
            }
        make = partial(make_blank_catalog, tuple(views), tuple(functions))
        _write_catalog(store.warehouse, target, versions, files, make, sources)
    return views


def refresh_catalog(store: Store, sql_dir: Path = SQL_DIR) -> None:
    """Show what the newest versions of the tables hold, in a fifth of the time of a build.

    What the same SQL files and code made of the catalog that there is, is taken over from it, with
    views that a user changed by hand; a catalog of others, or one that is damaged, is built anew.
    Raises what `build_catalog` does.
    """
    sources = _digest_sources(sql_dir)
    with hold_lock(store.warehouse.lock("catalog")):
        if _find_sources(store.warehouse.catalog) == sources:
            read = store.warehouse.catalog.read_bytes
            with suppress(duckdb.Error, WarehouseError):  # What damage does not end, a build tells.
                _write_catalog(store.warehouse, None, *_list_newest(store), read, sources)
                return
    build_catalog(store, sql_dir)


def _digest_sources(sql_dir: Path) -> str:
    """Digest of all that decides what a catalog is, but for what the tables hold."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for folder, pattern in ((sql_dir, "*.sql"), (PROJECT_DIR / "warehouse", "*.py")):
        for path in sorted(folder.rglob(pattern)):
            digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _find_sources(catalog: Path) -> str | None:
    """The digest that `_record_state` left in a catalog; None without one."""
    if not catalog.exists():
        return None
    sql = "select comment from duckdb_tables() where table_name = 'catalog_lineage'"
    try:
        with duckdb.connect(catalog, read_only=True) as connection:
            found = connection.execute(sql).fetchone()
    except duckdb.Error:
        return None
    return found[0] if found else None


def _list_newest(store: Store) -> tuple[Versions, dict[str, list[Path]]]:
    """Versions of all tables, and their files."""
    newest = _open_all(store)
    versions = {table: d.version() if d else None for table, d in newest.items()}
    return versions, {table: list_files(store.path(table), newest[table]) for table in TABLES}


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
    make: Callable[[], bytes],
    sources: str,
) -> None:
    """Write the catalog that `make` gives, of any versions of the tables, over these files."""
    target = target or warehouse.catalog
    try:
        with _make_place(target) as place:
            place.write_bytes(make())
            with duckdb.connect(place, config=READABLE) as connection:
                let_duckdb_read(connection, warehouse.tables)
                connection.begin()
                for table in TABLES:
                    create_raw_view(connection, table, files.get(table, []))
                _record_state(connection, versions, sources)
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


def _record_state(connection: duckdb.DuckDBPyConnection, versions: Versions, sources: str) -> None:
    """Keep which versions of the tables the catalog shows, and what it was made by."""
    connection.execute("delete from raw.catalog_lineage where version is not null")
    held = [(f"raw.{table}", version) for table, version in versions.items() if version is not None]
    if held:
        connection.executemany("insert into raw.catalog_lineage values (?, ?, null, [])", held)
    connection.execute(f"comment on table raw.catalog_lineage is {quote_text(sources)}")
