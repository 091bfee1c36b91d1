"""One Delta table's folder: open its newest version, list its files, commit rows to it."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, write_deltalake
from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError, first_line
from warehouse.storage.files import (
    closed_to_us,
    delta_options,
    find_log_end,
    is_on_disk,
    list_sizes,
    log_entry,
    measure,
    share_like_folder,
    sync_path,
)

KEEP_LOG = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
}
"""Properties of new tables: the log is the history of their rows, which nothing may shorten."""


def open_newest(path: Path) -> DeltaTable | None:
    """The newest version of the table in the folder `path`; None if it has no log yet.

    Raises WarehouseError if the log is damaged.
    """
    entries = list_sizes(path / "_delta_log", ".json")
    if not entries and not _had_log(path):
        return None
    try:
        delta = DeltaTable(_address(path), storage_options=delta_options(path))
    except (DeltaError, OSError) as error:
        what = f"its log cannot be read: {first_line(error)}"
        raise damaged(path, what, _find_way_back(path)) from error
    # Delta Lake takes an empty entry, as a power failure leaves it, for a version like another.
    for entry, size in entries.items():
        if not size:
            raise damaged(path, f"{entry.name} of its log is empty", _find_way_back(path))
    return delta


def _had_log(path: Path) -> bool:
    """Whether the table in `path` was ever committed to; a stopped first commit leaves a folder."""
    log, notes = path / "_delta_log", path / "_checksums"
    is_there = log.is_dir()
    return is_there and any((*list_sizes(log, ".parquet"), *list_sizes(notes, ".json.sha256")))


def _find_way_back(path: Path) -> int | None:
    """The newest version before the first entry of the log that is damaged, if it is whole."""
    version = find_log_end(path)
    with suppress(DeltaError, OSError, WarehouseError):
        if version >= 0:
            list_files(path, DeltaTable(_address(path), version, delta_options(path)))
            return version
    return None


def open_version(path: Path, version: int) -> DeltaTable:
    """The table in `path` as it was at `version`; raises WarehouseError if there is none such."""
    newest = open_newest(path)
    if newest is None or not 0 <= version <= newest.version():
        known = "it was never written" if newest is None else f"its newest is {newest.version()}"
        raise WarehouseError(
            f"{path.name} has no version {version}: {known}",
            hint=f"`python -m warehouse history {path.name}` lists its versions",
        )
    try:
        return DeltaTable(_address(path), version, delta_options(path))
    except (DeltaError, OSError) as error:
        raise damaged(
            path, f"the log of version {version} cannot be read: {first_line(error)}"
        ) from error


def list_columns(delta: DeltaTable | None) -> set[str]:
    """Columns of the version `delta`, which may be older than some of its table's schema."""
    return {field.name for field in delta.schema().fields} if delta else set()


def list_files(path: Path, delta: DeltaTable | None) -> list[Path]:
    """Parquet files of the version `delta` of the table in `path`.

    Raises WarehouseError if one is missing or has not the size that the log gives.
    """
    if delta is None:
        return []
    added = pl.DataFrame(delta.get_add_actions(flatten=True))
    sizes = {path / row["path"]: row["size_bytes"] for row in added.iter_rows(named=True)}
    held = measure(path, sizes)
    for file, size in sizes.items():
        if file not in held:
            raise damaged(path, f"{file.name} is missing")
        if held[file] != size:
            raise damaged(path, f"{file.name} has {held[file]} bytes instead of {size}")
    return sorted(sizes)


def list_version_files(path: Path, version: int) -> list[Path]:
    """Parquet files of `version` of the table in `path`.

    Raises WarehouseError if there is no such version, or its files were vacuumed or damaged.
    """
    try:
        return list_files(path, open_version(path, version))
    except WarehouseError as error:
        whole = find_whole_versions(path)
        if not error.message.endswith("is missing") or not whole or version > max(whole):
            raise
        raise WarehouseError(
            f"the files of version {version} of {path.name} are gone: they were vacuumed",
            hint=f"these are there: {', '.join(map(str, whole))}",
        ) from error


def find_whole_versions(path: Path) -> list[int]:
    """Versions of the table in `path` whose files are there and of their size, newest first."""
    newest = open_newest(path)
    found: list[int] = []
    for version in range(-1 if newest is None else newest.version(), -1, -1):
        with suppress(WarehouseError):
            list_files(path, open_version(path, version))
            found.append(version)
    return found


def count_logged_rows(delta: DeltaTable) -> int | None:
    """Rows of the version `delta`, as its log counts them; None if other software counted none."""
    added = pl.DataFrame(delta.get_add_actions(flatten=True))
    if "num_records" not in added.columns or added["num_records"].has_nulls():
        return None
    return int(added["num_records"].sum())


def try_commit(
    path: Path, delta: DeltaTable | None, rows: Any, note: str, **how: Any
) -> int | None:
    """Commit `rows`, a frame or batches of one, as `write_deltalake` does with `how`, onto `delta`.

    Returns the new version, or None and changes nothing if another process was faster.
    Raises WarehouseError if the folder cannot be written.
    """
    base = None if delta is None else delta.version()
    try:
        with share_like_folder(path / "_delta_log"):
            write_deltalake(
                _address(path) if delta is None else delta,
                rows,
                storage_options=delta_options(path),
                **_noted(note),
                **({"mode": "error", "configuration": KEEP_LOG} if delta is None else how),
            )
    except (DeltaError, OSError) as error:
        if _has_other_version(path, base):
            return None
        raise _unwritable(path, error) from error
    return _sync_commit(path, 0 if base is None else base + 1)


def _sync_commit(path: Path, version: int) -> int:
    """Return `version` of the table in `path` when it will outlast a loss of power."""
    entry = log_entry(path, version)
    if is_on_disk(path):
        # Not `splitlines`, which parts a text at characters that JSON leaves as they are.
        lines = filter(None, entry.read_text(encoding="utf-8").split("\n"))
        actions = map(json.loads, lines)
        added = [path / unquote(action["add"]["path"]) for action in actions if "add" in action]
        for file in (*added, path, entry, entry.parent, path.parent):
            sync_path(file)
    return version


def try_restore(path: Path, delta: DeltaTable, version: int, note: str) -> int | None:
    """Commit the content of `version` on top of `delta`; otherwise like `try_commit`."""
    base = delta.version()
    try:
        with share_like_folder(path / "_delta_log"):
            delta.restore(version, **_noted(note))
    except (DeltaError, OSError) as error:
        if _has_other_version(path, base):
            return None
        raise _unwritable(path, error) from error
    return _sync_commit(path, base + 1)


def _noted(note: str) -> dict[str, Any]:
    """How every commit is made; tables older than `KEEP_LOG` keep their log too."""
    return {
        "commit_properties": CommitProperties(
            custom_metadata={"provenance": note}, max_commit_retries=0
        ),
        "post_commithook_properties": PostCommitHookProperties(cleanup_expired_logs=False),
    }


def _unwritable(path: Path, error: Exception) -> WarehouseError:
    return WarehouseError(
        f"{path} cannot be written: {first_line(error)}",
        hint="check that the folder is writable and the disk has room, then run again"
        if is_on_disk(path)
        else "check what AWS_ACCESS_KEY_ID may do with the bucket, then run again",
    )


def damaged(path: Path, what: str, way_back: int | None = None) -> WarehouseError:
    """The error for the table in `path`; version `way_back` of it is whole."""
    if "ermission denied" in what:
        return closed_to_us(path, what)
    cure = f"`python -m warehouse restore {path.name} {way_back}` goes back to version {way_back}, "
    return WarehouseError(
        f"the table {path} is damaged: {what}",
        hint=("" if way_back is None else f"{cure}which is whole; or ")
        + f"restore {path} from a copy, or delete it and run `python -m ingest all`"
        " (for results: `python -m analysis report`)",
    )


def _address(path: Path) -> Path | str:
    return path if is_on_disk(path) else str(path)


def _has_other_version(path: Path, base: int | None) -> bool:
    """Whether the table in `path` is no longer at version `base`."""
    try:
        delta = DeltaTable(_address(path), storage_options=delta_options(path))
    except (DeltaError, OSError):
        return False
    return delta.version() != base
