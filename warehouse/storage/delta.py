"""One Delta table's folder: open its newest version, list its files, commit rows to it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, write_deltalake
from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError, first_line
from warehouse.storage.commits import Scope, scope_predicate
from warehouse.storage.files import delta_options, is_on_disk, list_sizes, measure

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
    if not entries and not (path / "_delta_log").is_dir():
        return None
    try:
        delta = DeltaTable(_address(path), storage_options=delta_options(path))
    except (DeltaError, OSError) as error:
        raise damaged(path, f"its log cannot be read: {first_line(error)}") from error
    # Delta Lake takes an empty entry, as a power failure leaves it, for a version like another.
    for entry, size in entries.items():
        if not size:
            raise damaged(path, f"{entry.name} of its log is empty")
    return delta


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


def list_log_entries(path: Path) -> list[Path]:
    """The files of the log of the table in `path`, one per commit, oldest first."""
    return list(list_sizes(path / "_delta_log", ".json"))


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
    return 0 if base is None else base + 1


def place_rows(delta: DeltaTable | None, scope: Scope | None) -> dict[str, str]:
    """How Delta Lake puts rows in the place of those in `scope`; None adds them."""
    if scope == {}:
        return {"mode": "overwrite", "schema_mode": "overwrite"}
    names = {field.name for field in delta.schema().fields} if delta else set()
    # Rows of older code, which lack a column, are not in a scope that names a value of it.
    if scope is None or not scope.keys() <= names:
        return {"mode": "append", "schema_mode": "merge"}
    return {"mode": "overwrite", "predicate": scope_predicate(scope), "schema_mode": "merge"}


def try_restore(path: Path, delta: DeltaTable, version: int, note: str) -> int | None:
    """Commit the content of `version` on top of `delta`; otherwise like `try_commit`."""
    base = delta.version()
    try:
        delta.restore(version, **_noted(note))
    except (DeltaError, OSError) as error:
        if _has_other_version(path, base):
            return None
        raise _unwritable(path, error) from error
    return base + 1


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


def damaged(path: Path, what: str) -> WarehouseError:
    """The error for the table in `path`."""
    return WarehouseError(
        f"the table {path} is damaged: {what}",
        hint=f"restore {path} from a copy, or delete it and run `python -m ingest all`"
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
