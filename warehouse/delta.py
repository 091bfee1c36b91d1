"""One Delta table's folder: open its newest version, list its files, commit rows to it."""

from pathlib import Path
from typing import Any

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError, first_line


def open_newest(path: Path) -> DeltaTable | None:
    """The newest version of the table in the folder `path`; None if it has no log yet.

    Raises WarehouseError if the log is damaged.
    """
    if not (path / "_delta_log").is_dir():
        return None
    try:
        delta = DeltaTable(path)
    except (DeltaError, OSError) as error:
        raise damaged(path, f"its log cannot be read: {first_line(error)}") from error
    # Delta Lake takes an empty entry, as a power failure leaves it, for a version like another.
    for entry in (path / "_delta_log").glob("*.json"):
        if not entry.stat().st_size:
            raise damaged(path, f"{entry.name} of its log is empty")
    return delta


def list_files(path: Path, delta: DeltaTable | None) -> list[Path]:
    """Parquet files of the version `delta` of the table in `path`.

    Raises WarehouseError if one is missing or has not the size that the log gives.
    """
    if delta is None:
        return []
    added = pl.DataFrame(delta.get_add_actions(flatten=True))
    sizes = {path / row["path"]: row["size_bytes"] for row in added.iter_rows(named=True)}
    for file, size in sizes.items():
        if not file.exists():
            raise damaged(path, f"{file.name} is missing")
        if file.stat().st_size != size:
            raise damaged(path, f"{file.name} has {file.stat().st_size} bytes instead of {size}")
    return sorted(sizes)


def try_commit(
    path: Path, delta: DeltaTable | None, rows: pl.DataFrame, note: str, **how: Any
) -> int | None:
    """Commit `rows` on top of `delta`, in the way of `write_deltalake` that `how` names.

    Returns the new version, or None and changes nothing if another process was faster.
    Raises WarehouseError if the folder cannot be written.
    """
    base = None if delta is None else delta.version()
    try:
        write_deltalake(
            path if delta is None else delta,
            rows,
            commit_properties=CommitProperties(
                custom_metadata={"provenance": note}, max_commit_retries=0
            ),
            **({"mode": "error"} if delta is None else how),
        )
    except (DeltaError, OSError) as error:
        if _has_other_version(path, base):
            return None
        raise WarehouseError(
            f"{path} cannot be written: {first_line(error)}",
            hint="check that the folder is writable and the disk has room, then run again",
        ) from error
    return 0 if base is None else base + 1


def damaged(path: Path, what: str) -> WarehouseError:
    """The error for the table in `path`."""
    return WarehouseError(
        f"the table {path} is damaged: {what}",
        hint=f"restore {path} from a copy, or delete it and run `python -m ingest all`"
        " (for results: `python -m analysis report`)",
    )


def _has_other_version(path: Path, base: int | None) -> bool:
    """Whether the table in `path` is no longer at version `base`."""
    try:
        delta = DeltaTable(path)
    except (DeltaError, OSError):
        return False
    return delta.version() != base
