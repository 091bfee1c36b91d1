"""The engines that answer queries over the same tables and views.

DuckDB is the default; Spark is for what does not fit one machine.
"""

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.catalog.connection import connect, plain_duckdb_errors
from warehouse.catalog.query import copy, select
from warehouse.errors import WarehouseError, first_line
from warehouse.quoting import quote_files, quote_name
from warehouse.storage.drafts import ANSWERS, draft_file, draft_folder
from warehouse.storage.files import create_folder, is_on_disk, let_duckdb_read
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine

EngineName = Literal["duckdb", "spark"]
BATCH_ROWS = 100_000
MARK = "_materialised"
"""The file that tells a folder which `materialise` made, and of which view; readers skip it."""


class Engine(Protocol):
    """Answers queries in DuckDB's SQL; they can only read."""

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Rows of the query `sql`, in its order and in bounded memory."""

    def write(self, sql: str, folder: Path) -> int:
        """Write the rows of the query `sql` as Parquet files of a new `folder`; return how many."""


@dataclass(frozen=True)
class DuckEngine:
    """DuckDB over the catalog of a warehouse, in this process."""

    warehouse: Warehouse

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """See `Engine`."""
        with connect(self.warehouse) as connection, plain_duckdb_errors():
            yield from select(connection, sql).to_arrow_reader(BATCH_ROWS)

    def write(self, sql: str, folder: Path) -> int:
        """See `Engine`."""
        create_folder(folder)
        number = 0 if is_on_disk(folder) else uuid.uuid4().hex  # A bucket still has older ones.
        with draft_file(folder / f"part-{number}.parquet") as draft:
            copy(self.warehouse, sql, "parquet", draft)
            return int(pq.ParquetFile(draft).metadata.num_rows)


@contextmanager
def open_spark(
    warehouse: Warehouse, master: str, settings: Mapping[str, str]
) -> Iterator["SparkEngine"]:
    """Spark on `master`, such as `local[*]`, over `warehouse`.

    Raises WarehouseError if there is no warehouse or Spark does not start.
    """
    from warehouse.spark.engine import SparkEngine
    from warehouse.spark.session import runs_here, start_spark

    # Workers elsewhere can read the warehouse, so they may be able to write there too.
    scratch = None if runs_here(master) else warehouse.root
    with closing(SparkEngine(warehouse, partial(start_spark, master, settings), scratch)) as engine:
        yield engine


def materialise(engine: Engine, view: str, folder: Path) -> int:
    """Write all rows of `view` as the Parquet files of `folder`; return how many.

    What this left in `folder` before goes when the new files are whole. Raises WarehouseError if
    it cannot be written or holds anything else.
    """
    held = {file.name for file in folder.iterdir()} if folder.exists() else set()
    foreign = {name for name in held - {MARK} if not name.endswith(".parquet")}
    if foreign or (held and MARK not in held):
        raise WarehouseError(
            f"{folder} holds files that --materialise did not write, such as "
            f"{min(foreign or held)}",
            hint="empty it first, or name another with --output",
        )
    try:
        with draft_folder(folder) as draft:
            n_rows = engine.write(f"from {view}", draft)
            (draft / MARK).write_text(f"{view}\n", encoding="utf-8")
            return n_rows
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written: {error.strerror or first_line(error)}",
            hint="check that its folder is writable and the disk has room",
        ) from error


@contextmanager
def collect(engine: "SparkEngine", views: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A catalog like the warehouse's own, whose `views` read what `engine` computed of them.

    Views that read these read the same rows. All is gone when the context ends.
    """
    with tempfile.TemporaryDirectory(dir=engine.scratch, prefix=ANSWERS) as name:
        folder = Path(name)
        catalog = folder / engine.warehouse.catalog.name
        shutil.copyfile(engine.warehouse.catalog, catalog)
        for view in views:
            engine.gather(f"from {view}", folder / view)
        with duckdb.connect(catalog) as connection, plain_duckdb_errors():
            let_duckdb_read(connection, engine.warehouse.tables)
            for view in views:
                _read_instead(connection, view, folder / view)
        with connect(engine.warehouse, catalog=catalog, may_read=folder) as connection:
            yield connection


def _read_instead(connection: duckdb.DuckDBPyConnection, view: str, folder: Path) -> None:
    """Let `view` read the Parquet files of `folder`, with the types that its columns had."""
    columns = ", ".join(
        f"cast({quote_name(row[0])} as {row[1]}) as {quote_name(row[0])}"
        for row in connection.execute(f"describe {view}").fetchall()
    )
    files = quote_files(sorted(folder.resolve().glob("*.parquet")))
    connection.execute(
        f"create or replace view {view} as select {columns} from read_parquet({files})"
    )
