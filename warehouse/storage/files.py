"""Files of a table, whether they are in a folder or are objects in a bucket."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def is_on_disk(path: Path) -> bool:
    """Whether `path` is on a disk of this machine; what is in a bucket is no Path of Python's."""
    return isinstance(path, Path)


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
    """Files in `folder` with this ending, in the order of their names, and their sizes in bytes."""
    if is_on_disk(folder):
        return {file: file.stat().st_size for file in sorted(folder.glob(f"*{ending}"))}
    from warehouse.storage.bucket import list_objects

    held = list_objects(folder)
    own = [file for file in held if file.parent == folder and file.name.endswith(ending)]
    return {file: held[file] for file in sorted(own)}


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
