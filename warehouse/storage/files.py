"""Files of a table, whether they are in a folder or are objects in a bucket."""

import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def is_on_disk(path: Path) -> bool:
    """Whether `path` is on a disk of this machine; what is in a bucket is no Path of Python's."""
    return isinstance(path, Path)


def closed_to_us(path: Path, what: str) -> WarehouseError:
    """The error for what another user keeps to itself."""
    return WarehouseError(
        f"{path} cannot be read: {what}",
        hint="ask its owner for `chmod -R g+rX` on the folder, or name another",
    )


_guard = threading.Lock()
_shared: list[int] = []
_own_umask = 0


@contextmanager
def share_like_folder(path: Path) -> Iterator[None]:
    """What is made at `path` meanwhile is for all to whom its folder is open, despite the umask.

    A folder with the set-group-ID bit, or that its group may write to, is the group's; likewise
    one that everybody may write to, but for the system's own for what is temporary.
    """
    global _own_umask
    shared = _shared_bits(path) if is_on_disk(path) else 0
    with _guard:
        if not _shared:
            _own_umask = os.umask(0o077)
        _shared.append(shared)
        _set_umask()
    try:
        yield
    finally:
        with _guard:
            _shared.remove(shared)
            _set_umask()


def _set_umask() -> None:
    mask = _own_umask
    for shared in _shared:
        mask &= ~shared
    os.umask(mask)


def _shared_bits(path: Path) -> int:
    """Permissions that what is made at `path` takes over from the first folder above it."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    mode = folder.stat().st_mode if folder.exists() else 0
    if mode & stat.S_ISVTX:
        return 0
    of_group = mode & stat.S_IRWXG if mode & (stat.S_ISGID | stat.S_IWGRP) else 0
    return of_group | (mode & stat.S_IRWXO if mode & stat.S_IWOTH else 0)


def sync_path(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def create_folder(folder: Path) -> None:
    """Make a folder, unless it is in a bucket, where there are only objects."""
    if is_on_disk(folder):
        folder.mkdir()


def delta_options(path: Path) -> dict[str, str] | None:
    """How Delta Lake reaches the table in `path`; None if it is in a folder."""
    if is_on_disk(path):
        return None
    from warehouse.storage.bucket_settings import PATIENCE, storage_options

    return storage_options() | PATIENCE


def list_sizes(folder: Path, ending: str) -> dict[Path, int]:
    """Files in `folder` with this ending, in the order of their names, and their sizes in bytes.

    Raises WarehouseError if the folder is there and may not be read.
    """
    if is_on_disk(folder):
        try:
            files = sorted(file for file in folder.iterdir() if file.name.endswith(ending))
            return {file: file.stat().st_size for file in files}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except PermissionError as error:
            raise closed_to_us(folder, str(error.strerror)) from error
    from warehouse.storage.bucket import list_objects

    held = list_objects(folder)
    own = [file for file in held if file.parent == folder and file.name.endswith(ending)]
    return {file: held[file] for file in sorted(own)}


def list_log_entries(path: Path) -> list[Path]:
    """The files of the log of the table in `path`, one per commit, oldest first."""
    return list(list_sizes(path / "_delta_log", ".json"))


def log_entry(path: Path, version: int) -> Path:
    """The file of one version in the log of the table in `path`."""
    return path / "_delta_log" / f"{version:020d}.json"


def find_log_end(path: Path) -> int:
    """The newest version up to which no entry of the log of the table in `path` is damaged."""
    version = -1
    for entry in list_log_entries(path):
        try:
            lines = entry.read_text(encoding="utf-8").splitlines()
            is_whole = bool(lines) and all(map(json.loads, lines))
        except ValueError:
            is_whole = False
        if entry != log_entry(path, version + 1) or not is_whole:
            break
        version += 1
    return version


def measure(folder: Path, files: Iterable[Path]) -> dict[Path, int]:
    """Sizes in bytes of those of `files`, which lie in `folder`, that are there."""
    if is_on_disk(folder):
        return {file: file.stat().st_size for file in files if file.exists()}
    from warehouse.storage.bucket import list_objects

    held = list_objects(folder)
    return {file: held[file] for file in files if file in held}


def scan_parquet(files: Sequence[Path], **options: Any) -> "pl.LazyFrame":
    """Rows of Parquet files, read as `polars.scan_parquet` does with `options`."""
    import polars as pl

    if all(is_on_disk(file) for file in files):
        return pl.scan_parquet(list(files), glob=False, **options)
    from warehouse.storage.bucket_settings import storage_options

    names = [str(file) for file in files]
    return pl.scan_parquet(names, storage_options=storage_options(), **options)


def let_duckdb_read(connection: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    """Let `connection` read the files of `folder`, also if it is in a bucket."""
    if not is_on_disk(folder):
        from warehouse.storage.bucket import register_objects

        register_objects(connection)
