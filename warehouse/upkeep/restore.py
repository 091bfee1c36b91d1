"""Goes back to an older version of a table, and names one that is whole."""

from contextlib import suppress
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.storage.checksums import find_change, forget_checksums, verify_checksums
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.delta import (
    find_whole_versions,
    list_version_files,
    open_newest,
    open_version,
    try_restore,
)
from warehouse.storage.files import find_log_end, list_log_entries, log_entry, share_like_folder
from warehouse.storage.store import Store
from warehouse.tables import TABLES


def verify_table(store: Store, table: str) -> int:
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


def restore_version(store: Store, table: str, version: int) -> Commit:
    """Make the rows of `version` those of `table`, by a new commit; nothing is rewritten.

    Raises WarehouseError if that version does not exist, is not whole, or other code wrote it.
    """
    path = store.path(table)
    if (end := _whole_log_end(path)) < len(list_log_entries(path)) - 1 and version <= end:
        _set_aside(path, end)
    files = list_version_files(path, version)
    verify_checksums(path, files, version)
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


def _whole_log_end(path: Path) -> int:
    """The newest version up to which no entry of the log is damaged, or was changed."""
    end = find_log_end(path)
    for version, entry in enumerate(list_log_entries(path)[: end + 1]):
        if find_change(path, entry):
            return version - 1
    return end


def _set_aside(path: Path, end: int) -> None:
    """Move what the log has after version `end` out of it, to where nothing reads it.

    What a checkpoint sums up of it goes, too; Delta Lake makes another.
    """
    aside = path / "_set_aside"
    later = [entry for entry in list_log_entries(path) if entry > log_entry(path, end)]
    try:
        with share_like_folder(aside):
            aside.mkdir(exist_ok=True)
        forget_checksums(path, later)
        log = path / "_delta_log"
        for file in (*later, *log.glob("*.checkpoint*"), *log.glob("_last_checkpoint")):
            file.replace(aside / file.name)
    except OSError as error:
        raise WarehouseError(
            f"{error.filename} cannot be set aside: {error.strerror}",
            hint="check that the folder is writable, then run again",
        ) from error


def _newest_whole_version(path: Path) -> int | None:
    """The newest version whose files and log are unchanged, if there is one."""
    with suppress(WarehouseError):
        for version in find_whole_versions(path):
            with suppress(WarehouseError):
                verify_checksums(path, list_version_files(path, version), version)
                return version
    return None
