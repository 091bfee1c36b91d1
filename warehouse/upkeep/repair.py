"""Rare work on a table's files: find what is wrong, delete what nothing needs, go back."""

import shutil
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.checksums import forget_checksums, verify_checksums
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.delta import (
    find_whole_versions,
    list_log_entries,
    list_version_files,
    open_newest,
    open_version,
    try_restore,
)
from warehouse.storage.store import Store
from warehouse.tables import TABLES

DAY = 24 * 3600


def verify(store: Store, table: str) -> int:
    """Like `Store.verify`; the cure names the newest older version that is whole, if one is."""
    try:
        return store.verify(table)
    except WarehouseError as error:
        version = _newest_whole_version(store.path(table))
        if version is None:
            raise
        cure = f"`python -m warehouse restore {table} {version}` goes back to version {version}"
        raise WarehouseError(
            error.message, hint=f"{cure}, which is whole; or {error.hint}"
        ) from error


def find_strays(store: Store, table: str) -> list[Path]:
    """Files in the folder of `table` that no version ever read.

    A writer that was stopped left them, or is still at work, or someone put them there.
    """
    path = store.path(table)
    if not path.exists():
        return []
    log = "".join(entry.read_text(encoding="utf-8") for entry in list_log_entries(path))
    files = (file for file in path.iterdir() if not file.name.startswith(("_", ".")))
    return sorted(file for file in files if quote(file.name) not in log)


def find_garbage(store: Store, table: str, keep_days: float) -> list[Path]:
    """Parquet files of `table` that no version of the last `keep_days` days reads.

    They belong to older versions, or to none since their writer was stopped. Files that the
    catalog reads are never among them.
    """
    path = store.path(table)
    delta = open_newest(path)
    if delta is None:
        return []
    names = delta.vacuum(
        retention_hours=round(24 * keep_days),
        dry_run=True,
        enforce_retention_duration=False,
        full=True,
        keep_versions=[v for v in _catalog_versions(store, table) if v <= delta.version()],
    )
    return [path / name for name in sorted(names) if name.endswith(".parquet")]


def find_drafts(store: Store, keep_days: float) -> list[Path]:
    """Folders that stopped builds of the catalog left more than `keep_days` days ago."""
    oldest = time.time() - keep_days * DAY
    return [path for path in store.warehouse.root.glob(".build-*") if path.stat().st_mtime < oldest]


def delete(store: Store, table: str, files: list[Path]) -> None:
    """Delete `files` of `table` and their checksums.

    Raises WarehouseError if one cannot be deleted.
    """
    try:
        for file in files:
            file.unlink(missing_ok=True)
        forget_checksums(store.path(table), files)
    except OSError as error:
        raise _undeletable(error) from error


def delete_drafts(folders: list[Path]) -> None:
    """Delete what stopped builds left; raises WarehouseError if that cannot be done."""
    try:
        for folder in folders:
            shutil.rmtree(folder)
    except OSError as error:
        raise _undeletable(error) from error


def restore(store: Store, table: str, version: int) -> Commit:
    """Make the rows of `version` those of `table`, by a new commit; nothing is rewritten.

    Raises WarehouseError if that version does not exist, is not whole, or other code wrote it.
    """
    path = store.path(table)
    files = list_version_files(path, version)
    verify_checksums(path, files)
    rows = store.read(table, version)
    if not TABLES[table].is_valid(rows):
        raise WarehouseError(
            f"rows of version {version} of {table} break the table's schema",
            hint=f"older code wrote them: `python -m warehouse history {table}` tells which",
        )
    target = open_version(path, version)
    provenance = Provenance("restore", f"version {version}")
    while True:
        delta = open_newest(path)
        assert delta is not None
        if sorted(delta.file_uris()) == sorted(target.file_uris()):
            return Commit(table, delta.version(), rows.height, 0, is_new=False)
        new = try_restore(path, delta, version, provenance.note(rows.height))
        if new is not None:
            return Commit(table, new, rows.height, 0, is_new=True)


def _newest_whole_version(path: Path) -> int | None:
    """The newest version whose files and log are unchanged, if there is one."""
    with suppress(WarehouseError):
        for version in find_whole_versions(path):
            with suppress(WarehouseError):
                verify_checksums(path, list_version_files(path, version))
                return version
    return None


def _catalog_versions(store: Store, table: str) -> list[int]:
    """The version of `table` that the catalog reads, if there is a catalog."""
    if not store.warehouse.catalog.exists():
        return []
    sql = "select version from raw.catalog_lineage where name = ?"
    with connect(store.warehouse) as connection:
        return [row[0] for row in connection.execute(sql, [f"raw.{table}"]).fetchall()]


def _undeletable(error: OSError) -> WarehouseError:
    return WarehouseError(
        f"{error.filename} cannot be deleted: {error.strerror}",
        hint="check that the folder is writable, then run again",
    )
