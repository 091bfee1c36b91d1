"""Finds files that nothing needs, or no version ever read, and deletes them."""

import shutil
import time
from pathlib import Path
from urllib.parse import quote

from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.checksums import forget_checksums
from warehouse.storage.delta import open_newest
from warehouse.storage.drafts import ANSWERS, DRAFTS
from warehouse.storage.files import list_log_entries
from warehouse.storage.store import Store

DAY = 24 * 3600


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
    """Folders with drafts that stopped processes left more than `keep_days` days ago."""
    oldest = time.time() - keep_days * DAY
    found = [path for kind in (DRAFTS, ANSWERS) for path in store.warehouse.root.rglob(f"{kind}*")]
    return sorted(path for path in found if path.stat().st_mtime < oldest)


def delete_files(store: Store, table: str, files: list[Path]) -> None:
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
    """Delete what stopped processes left; raises WarehouseError if that cannot be done."""
    try:
        for folder in folders:
            shutil.rmtree(folder)
    except OSError as error:
        raise _undeletable(error) from error


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
