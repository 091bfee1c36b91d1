"""Ad-hoc SQL: results of any size, streamed by DuckDB itself into a file or a pipe."""

import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import BinaryIO, Literal

import duckdb

from warehouse.catalog.connection import (
    StillComputing,
    connect,
    in_thread,
    interruptible,
    plain_duckdb_errors,
)
from warehouse.errors import WarehouseError
from warehouse.quoting import quote_text
from warehouse.storage.drafts import draft_file
from warehouse.storage.warehouse import Warehouse

FileFormat = Literal["csv", "json", "parquet"]
Parameters = Sequence[object] | Mapping[str, object] | None
"""Values for the parameters of a query, by place or by name."""
Copy = Callable[[Warehouse, str, FileFormat, Path], None]
"""Writes the rows that a warehouse has for a query to a file of some format."""

_COPY_OPTIONS = {
    "csv": "format csv, header true",
    "json": "format json, array true",
    "parquet": "format parquet, compression zstd",
}


def select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    """Rows of the one query in `sql`; raises WarehouseError if it is none, or wrong."""
    query = parse_query(connection, sql)
    with plain_duckdb_errors():
        return connection.sql(query)


def draw(connection: duckdb.DuckDBPyConnection, sql: str, width: int) -> str:
    """Rows of the one query in `sql` in a box of at most so many letters; Ctrl-C stops it."""

    def show(own: duckdb.DuckDBPyConnection) -> str:
        with redirect_stdout(io.StringIO()) as shown:
            select(own, sql).show(max_width=width)
        return shown.getvalue()

    with plain_duckdb_errors():
        return interruptible(connection, show)


def explain(connection: duckdb.DuckDBPyConnection, sql: str, *, run: bool) -> str:
    """How DuckDB answers the one query in `sql`; with times and row counts if it is to `run`."""

    def ask(own: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        command = f"explain {'analyze ' if run else ''}{parse_query(own, sql)}"
        return own.execute(command).fetchall()

    with plain_duckdb_errors():
        return "\n".join(text for _, text in interruptible(connection, ask))


def copy(warehouse: Warehouse, sql: str, file_format: FileFormat, target: Path) -> None:
    """Let DuckDB write the rows of `sql` to `target`."""
    with connect(warehouse, may_write=target) as connection, plain_duckdb_errors():
        interruptible(
            connection, lambda own: copy_rows(own, parse_query(own, sql), file_format, target)
        )


def copy_rows(
    connection: duckdb.DuckDBPyConnection, query: str, file_format: FileFormat, target: Path
) -> None:
    """Write the rows of the parsed `query` to `target`."""
    options = _COPY_OPTIONS[file_format]
    connection.execute(f"copy (\n{query}\n) to {quote_text(str(target))} ({options})")


def write_answer(
    warehouse: Warehouse, sql: str, file_format: FileFormat, target: Path, *, copy: Copy = copy
) -> None:
    """Write the rows of `sql` to the file `target` in bounded memory; `copy` answers it.

    A file appears under its name only when it is whole. Raises WarehouseError for a query
    or a folder that is at fault, or a file inside the warehouse.
    """
    if target.exists() and not target.is_file():
        with _telling(target), target.open("wb") as device:
            stream(warehouse, sql, file_format, device, copy=copy)
        return
    with draft_answer(warehouse, target) as draft:
        copy(warehouse, sql, file_format, draft)


@contextmanager
def draft_answer(warehouse: Warehouse, target: Path) -> Iterator[Path]:
    """Hand out a path to write to; it becomes the file `target` if the work with it ends well.

    Raises WarehouseError for a folder that is at fault, or a file inside the warehouse.
    """
    if target.resolve().is_relative_to(warehouse.root.resolve()):
        raise WarehouseError(
            f"{target} lies inside the warehouse {warehouse.root}", hint="name a file elsewhere"
        )
    with _telling(target), draft_file(target) as draft:
        yield draft


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"{target} cannot be written: {error.strerror}",
            hint="check that the folder exists and is writable, and that the disk has room",
        ) from error


def stream(
    warehouse: Warehouse, sql: str, file_format: FileFormat, sink: BinaryIO, *, copy: Copy = copy
) -> None:
    """Write the rows of `sql` to `sink`, such as standard output, in bounded memory.

    Raises WarehouseError if `sink` takes no more, BrokenPipeError if its reader has gone.
    """
    read_end, write_end = os.pipe()
    relay = in_thread(lambda: _relay(read_end, sink))
    still_computing = False
    try:
        copy(warehouse, sql, file_format, Path(f"/dev/fd/{write_end}"))
    except StillComputing:
        still_computing = True  # It holds the pipe open: the relay would wait for its end.
        raise
    finally:
        if not still_computing:
            os.close(write_end)
            relay.result()


def _relay(read_end: int, sink: BinaryIO) -> None:
    """Hand on what comes through a pipe until it ends."""
    with open(read_end, "rb") as reader:
        try:
            shutil.copyfileobj(reader, sink)
            sink.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise WarehouseError(
                f"the output cannot be written: {error.strerror}", hint="check its disk has room"
            ) from error


def parse_query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = None
) -> str:
    """The one query in `sql`, without the semicolon and the comments behind it.

    DuckDB lets `copy` write wherever it may read, even from within a query's with clause. So
    only what can stand in a from clause passes, where DuckDB itself allows no `copy`.
    """
    text = sql.encode()
    for offset, kind in reversed(duckdb.tokenize(sql)):
        if kind != duckdb.token_type.comment and text[offset : offset + 1] != b";":
            break
        text = text[:offset]
    query = text.decode()
    with plain_duckdb_errors():
        statements = connection.extract_statements(query)
        if len(statements) != 1:
            raise WarehouseError(
                f"expected one statement, found {len(statements)}", hint="give one query at a time"
            )
        if not _may_be_query(statements[0]):
            raise WarehouseError(
                f"{statements[0].query.split()[0]} is no query, and queries only read",
                hint="begin with select, with, from, describe, summarize or show; tables change "
                "through `python -m ingest` and `python -m analysis`",
            )
        connection.sql(f"from (\n{query}\n)", params=parameters)
    return query


def _may_be_query(statement: duckdb.Statement) -> bool:
    try:
        return statement.type in (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)
    except ValueError:  # a kind, such as `update extensions`, for which Python has no name
        return False
