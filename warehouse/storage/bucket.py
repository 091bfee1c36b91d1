"""Objects in a bucket as files of a folder: for Python a UPath, for DuckDB a file system.

Requests go through Arrow; Delta Lake and polars have clients of their own, with the same settings.
Arrow's is there anyway, also for Spark's workers; obstore would take the place of these lines by
as many, since DuckDB, `Path` and the words of errors are where the work is.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import duckdb
import fsspec
import pyarrow as pa
from fsspec.implementations.arrow import ArrowFSWrapper
from fsspec.spec import AbstractBufferedFile
from pyarrow.fs import AwsStandardS3RetryStrategy, FileSelector, FileSystem, FileType, S3FileSystem
from upath import UPath

from warehouse.errors import WarehouseError, first_line
from warehouse.storage.bucket_settings import ATTEMPTS, Settings, client_options, server_settings

SILENT_SECONDS = 5
"""How long the first request waits for a server that says nothing; later ones wait longer."""


class ObjectStore(ArrowFSWrapper):  # type: ignore[misc]
    """The buckets of a server."""

    protocol = "s3"
    root_marker = ""
    cachable = False

    def __init__(self) -> None:
        super().__init__(open_client(server_settings()))

    @classmethod
    def _parent(cls, path: str) -> str:
        return str(cls._strip_protocol(path)).rpartition("/")[0]


class TableObjects(ObjectStore):
    """Objects as DuckDB reads them: none is written, and none outside a folder that it may read.

    A table's files never change. So one request each tells that it is there and how large, however
    many views look at it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, dict[str, Any]] = {}
        self._opened: dict[str, pa.NativeFile] = {}

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Size and age of an object."""
        path = self._strip_protocol(path)
        if path not in self._known:
            found = super().info(path, **options)
            if found["type"] != "file":
                return dict(found)
            self._known[path] = found
        return self._known[path]

    def modified(self, path: str) -> Any:
        """When an object was written."""
        return self.info(path)["mtime"]

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode != "rb" or ".." in path.split("/"):
            raise PermissionError(f"{path} may not be opened")
        return _Reader(self, path, size=self.info(path)["size"], cache_type="none")

    def read(self, path: str, start: int, end: int) -> bytes:
        """Bytes of an object."""
        if path not in self._opened:
            self._opened[path] = self.fs.open_input_file(path)
        return bytes(self._opened[path].read_at(end - start, start))


class _Reader(AbstractBufferedFile):  # type: ignore[misc]
    """An object that asks for nothing until it is read."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        return bytes(self.fs.read(self.path, start, end))


@cache
def open_client(found: Settings, silent_seconds: int = 30, attempts: int = ATTEMPTS) -> FileSystem:
    """Arrow's client of the server that `found` names."""
    return S3FileSystem(
        **client_options(found),
        request_timeout=silent_seconds,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=attempts),
    )


def open_folder(uri: str) -> Path:
    """The folder `uri`, with the interface of a Path; raises WarehouseError if none answers."""
    _check(uri, server_settings())
    fsspec.register_implementation("s3", ObjectStore, clobber=True)
    return cast(Path, UPath(uri))


@cache
def _check(uri: str, found: Settings) -> None:
    """Ask once, with little patience, for what is in the folder."""
    path = uri.removeprefix("s3://")
    client = open_client(found, SILENT_SECONDS, attempts=1)
    try:
        if client.get_file_info(FileSelector(path, allow_not_found=True)):
            return
        bucket = client.get_file_info(path.partition("/")[0])
    except OSError as error:
        raise plain_bucket_error(uri, error) from error
    if bucket.type == FileType.NotFound:
        raise WarehouseError(
            f"{uri} cannot be reached: there is no bucket {bucket.path}",
            hint="create it first, or name another with --warehouse or WAREHOUSE_DIR",
        )


def plain_bucket_error(uri: str, error: Exception) -> WarehouseError:
    """The error of a client of the bucket in plain words."""
    text = first_line(error)
    said = re.search(r"AWS Error (\w+) during \w+ operation.*?: (?:.*Details: )?(.+)", text)
    code, seen = (said[1], said[2]) if said else ("", text)
    return WarehouseError(
        f"{uri} cannot be reached: {seen} ({code})",
        hint="check AWS_ENDPOINT_URL, AWS_REGION and the network"
        if code in {"", "NETWORK_CONNECTION", "SLOW_DOWN", "INTERNAL_FAILURE"}
        else "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do with the bucket",
    )


def list_objects(folder: Path) -> dict[Path, int]:
    """All objects below a folder of a bucket and their sizes in bytes, by one listing.

    Raises WarehouseError if the bucket does not answer.
    """
    below = str(folder).removeprefix("s3://").rstrip("/")
    try:
        found = open_client(server_settings()).get_file_info(
            FileSelector(below, recursive=True, allow_not_found=True)
        )
    except OSError as error:
        raise plain_bucket_error(str(folder), error) from error
    return {folder / f.path[len(below) + 1 :]: f.size for f in found if f.type == FileType.File}


def register_objects(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB read objects, and write none; it needs no extension for that."""
    if not connection.filesystem_is_registered("s3"):
        connection.register_filesystem(TableObjects())
