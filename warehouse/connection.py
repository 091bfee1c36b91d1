"""Opens the catalog for reading, and says in plain words what went wrong with a query."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError

CATALOG_NAME = "warehouse.duckdb"


def connect(root: Path, *, may_write: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open the catalog below `root` read-only.

    Queries can read the tables of this warehouse and no other file, and can load no
    extension. `may_write` is the one file that `copy ... to` may write.
    Raises WarehouseError if there is no catalog or it is damaged.
    """
    catalog = root / CATALOG_NAME
    if not catalog.exists():
        raise WarehouseError(
            f"there is no warehouse in {root}: {catalog} does not exist",
            hint="run `make ingest build`, or name the folder with --warehouse or WAREHOUSE_DIR",
        )
    try:
        connection = duckdb.connect(catalog, read_only=True)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{catalog} cannot be opened: {first_line(error)}",
            hint="run `make build` to write it anew from the tables",
        ) from error
    paths = [] if may_write is None else [str(may_write)]
    connection.execute("set allowed_directories = ?", [[str((root / "tables").resolve())]])
    connection.execute("set allowed_paths = ?", [paths])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


@contextmanager
def explained() -> Iterator[None]:
    """Turn DuckDB's complaints about a query into a WarehouseError with a cure."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        message, *rest = [line for line in str(error).splitlines() if line.strip()]
        raise WarehouseError(message, hint=_hint(error, rest)) from error


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return str(error).splitlines()[0]


def _hint(error: duckdb.Error, rest: list[str]) -> str:
    """What to do about `error`; DuckDB names near names in the lines after the first."""
    near = [line.strip() for line in rest if line.startswith(("Candidate", "Did you mean"))]
    if near:
        return f"{near[0]} (`python -m warehouse describe` lists all)"
    if "read-only" in str(error):
        return "queries only read; tables change through `python -m ingest` and `analysis`"
    if "disabled by configuration" in str(error):
        return "queries read only this warehouse: ingest a file first to query it"
    if isinstance(error, duckdb.IOException | duckdb.InvalidInputException):
        return "a table may be damaged or gone: `python -m warehouse check` tells which"
    return "`python -m warehouse describe` lists the views, `describe VIEW` their columns"
