"""Opens the catalog for reading, and says in plain words what went wrong with a query."""

import glob
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError, first_line
from warehouse.progress import T
from warehouse.storage.files import let_duckdb_read
from warehouse.storage.warehouse import Warehouse

PATIENCE = 1.5
"""Seconds that a query has to stop after Ctrl-C."""


class StillComputing(KeyboardInterrupt):
    """A query was told to stop and did not: only the end of the process ends it."""


def connect(
    warehouse: Warehouse,
    *,
    may_write: Path | None = None,
    catalog: Path | None = None,
    may_read: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open the catalog of `warehouse` read-only, or another `catalog` of its tables.

    Queries can read the tables of this warehouse, files in the folder `may_read` and no other,
    and can load no extension. `may_write` is the one file that `copy ... to` may write. A name
    without a schema is one of `marts`. Raises WarehouseError if there is no catalog or it is
    damaged.
    """
    catalog = catalog or warehouse.catalog
    if not catalog.exists():
        machine = " on this machine" if warehouse.bucket else ""
        lack = f"{catalog.name} does not exist{machine}"
        raise WarehouseError(
            f"there is no warehouse in {warehouse.full_address}: {lack}",
            hint="run `python -m ingest all` and `python -m warehouse build`, or name another "
            "with --warehouse or WAREHOUSE_DIR",
        )
    tables = warehouse.tables
    try:
        connection = duckdb.connect(catalog, read_only=True)
        connection.execute("set schema = 'marts'")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{catalog} cannot be opened: {first_line(error)}",
            hint="close the program that writes to it"
            if "lock" in str(error)
            else "run `python -m warehouse build` to write it anew from the tables",
        ) from error
    if connection.sql("select current_setting('lock_configuration')").fetchall() == [(True,)]:
        # This process has it open already: DuckDB shares the instance, with its settings.
        if may_write is None:
            return connection
        connection.close()
        raise WarehouseError(
            f"{catalog} is open in this process for reading alone",
            hint="close that connection before you write a result to a file",
        )
    let_duckdb_read(connection, tables)
    paths = [] if may_write is None else [str(may_write)]
    folders = [str(f.resolve()) for f in (tables, may_read) if f is not None]
    patterns = [glob.escape(folder) for folder in folders]  # as `quote_files` writes them
    connection.execute("set allowed_directories = ?", [[*folders, *patterns]])
    connection.execute("set allowed_paths = ?", [paths])
    connection.execute("set enable_external_access = false")
    # DuckDB takes a process without a script for a prompt, and draws into its output.
    connection.execute("set enable_progress_bar = false")
    connection.execute("set lock_configuration = true")
    return connection


@contextmanager
def plain_duckdb_errors() -> Iterator[None]:
    """Turn DuckDB's complaints about a query into a WarehouseError with a cure."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        message, *rest = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise WarehouseError(message, hint=_hint(error, rest)) from error
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error


def interruptible(
    connection: duckdb.DuckDBPyConnection, work: Callable[[duckdb.DuckDBPyConnection], T]
) -> T:
    """Return `work` of a connection like `connection`, which Ctrl-C stops within two seconds.

    DuckDB itself notices Ctrl-C only when it happens not to compute in the main thread. What it
    does not stop at all, such as a long lambda, computes on: then StillComputing is raised.
    """
    own = duplicate(connection)
    pool = ThreadPoolExecutor(max_workers=1)
    answer = pool.submit(work, own)
    pool.shutdown(wait=False)
    try:
        return answer.result()
    except duckdb.Error:
        own.close()  # The error's traceback would keep it open.
        raise
    except KeyboardInterrupt:
        deadline = time.monotonic() + PATIENCE
        while not answer.done():
            if time.monotonic() > deadline:
                raise StillComputing from None
            own.interrupt()
            wait([answer], timeout=0.1)
        raise
    finally:
        if answer.done():
            pool.shutdown()  # Until it ends, the thread holds the connection, too.


def in_thread(work: Callable[[], T]) -> Future[T]:
    """Do `work` in a thread of its own, for which only the end of the process waits."""
    pool = ThreadPoolExecutor(max_workers=1)
    answer = pool.submit(work)
    pool.shutdown(wait=False)
    return answer


def duplicate(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same catalog, with the same guards and of a life of its own.

    The first could not be closed while a cursor of it computes.
    """
    catalog = "select path from duckdb_databases() where database_name = current_database()"
    ((path,),) = connection.execute(catalog).fetchall()
    other = duckdb.connect(path, read_only=True)
    other.execute("use marts")
    return other


def _hint(error: duckdb.Error, rest: list[str]) -> str:
    """What to do about `error`; the lines after its first have near names, and the place."""
    text = str(error)
    near = [line for line in rest if line.startswith(("Candidate", "Did you mean"))]
    if near:
        return f"{near[0]} (`python -m warehouse describe` lists all)"
    if "disabled by configuration" in text:
        return (
            "queries read the tables of this warehouse alone: ingest other files first; after "
            "moving its folder run `python -m warehouse build`"
        )
    if isinstance(error, duckdb.IOException) and "write" in text.lower():
        return "check that the folder is writable and the disk has room"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "select fewer rows or columns, or aggregate before you join or sort"
    if isinstance(error, duckdb.ParserException) and rest:
        return f"mend the statement: {rest[0]}"
    if ".parquet" not in text and isinstance(error, duckdb.DataError | duckdb.ProgrammingError):
        return "`python -m warehouse describe` lists the views, `describe VIEW` their columns"
    return "a table may be damaged or gone: `python -m warehouse check` tells which"
