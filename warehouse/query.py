"""Ad-hoc SQL: results of any size, streamed by DuckDB itself into a file or a pipe."""

import tempfile
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.connection import connect, explained
from warehouse.errors import WarehouseError

FileFormat = Literal["csv", "json", "parquet"]

_COPY_OPTIONS = {
    "csv": "format csv, header true",
    "json": "format json, array true",
    "parquet": "format parquet, compression zstd",
}


def select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation | None:
    """Run one statement; None if it has no rows to show."""
    with explained():
        return connection.sql(sql)


def export(root: Path, sql: str, file_format: FileFormat, target: Path) -> None:
    """Write the rows of `sql` to `target` in bounded memory.

    A file appears under its name only when it is whole; `target` may be /dev/stdout.
    Raises WarehouseError for a query or a folder that is at fault.
    """
    if target.is_char_device() or target.is_fifo() or str(target).startswith("/dev/"):
        _copy(root, sql, file_format, target)
        return
    if not target.parent.is_dir():
        raise WarehouseError(
            f"the folder {target.parent} does not exist", hint="make it, or name another --output"
        )
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".query-") as folder:
            draft = Path(folder).resolve() / target.name
            _copy(root, sql, file_format, draft)
            draft.replace(target)
    except OSError as error:
        raise WarehouseError(
            f"{target} cannot be written: {error.strerror}",
            hint="check that the folder is writable and the disk has room",
        ) from error


def _copy(root: Path, sql: str, file_format: FileFormat, target: Path) -> None:
    statement = sql.strip().rstrip(";")
    with connect(root, may_write=target) as connection, explained():
        name = str(target).replace("'", "''")
        connection.execute(f"copy (\n{statement}\n) to '{name}' ({_COPY_OPTIONS[file_format]})")
