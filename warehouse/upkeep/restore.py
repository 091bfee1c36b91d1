"""Goes back to an older version of a table, and names one that is whole."""

from contextlib import suppress
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.storage.checksums import verify_checksums
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.delta import (
    find_whole_versions,
    list_version_files,
    open_newest,
    open_version,
    try_restore,
)
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
