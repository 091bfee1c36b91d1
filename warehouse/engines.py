"""The engines that answer queries over the same tables and views.

DuckDB is the default; Spark is for what does not fit one machine.
"""

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.catalog.connection import connect, plain_duckdb_errors
from warehouse.catalog.documentation import describe_view, list_views
from warehouse.catalog.lineage import add_shared_views, digest_sources
from warehouse.catalog.query import copy, select
from warehouse.errors import WarehouseError, first_line
from warehouse.quoting import quote_files, quote_name, quote_text
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
    """Answers queries on `warehouse` in DuckDB's SQL; they can only read.

    `scratch` is a folder that all its workers share; None is the system's for temporary files.
    """

    @property
    def warehouse(self) -> Warehouse:
        """See above."""

    @property
    def scratch(self) -> Path | None:
        """See above."""

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Rows of the query `sql`, in its order and in bounded memory."""

    def write(self, sql: str, folder: Path) -> int:
        """Write the rows of the query `sql` as Parquet files of a new `folder`; return how many."""

    def gather(self, sql: str, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """The same, of a new `folder` in `scratch`; `connection` may compute and write them."""


@dataclass(frozen=True)
class DuckEngine:
    """DuckDB over the catalog of a warehouse, in this process."""

    warehouse: Warehouse
    scratch: Path | None = None

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

    def gather(self, sql: str, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """See `Engine`."""
        folder.mkdir()
        connection.sql(sql).write_parquet(str(folder / "rows.parquet"), compression="zstd")


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
    engine = SparkEngine(warehouse, partial(start_spark, master, settings), scratch)
    is_stopped = False
    try:
        yield engine
    except KeyboardInterrupt:
        is_stopped = True  # To end in order takes seconds; Java ends with this process anyway.
        raise
    finally:
        if not is_stopped:
            engine.close()


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
            if is_on_disk(folder):
                (draft / MARK).write_text(f"{view}\n", encoding="utf-8")
        if not is_on_disk(folder):  # all that it held went, the mark too
            (folder / MARK).write_text(f"{view}\n", encoding="utf-8")
        return n_rows
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written: {error.strerror or first_line(error)}",
            hint="check that its folder is writable and the disk has room",
        ) from error


@dataclass(frozen=True)
class Gathered:
    """Rows of views, which an engine computes once and keeps in `folder` for all readers after."""

    engine: Engine
    folder: Path

    @contextmanager
    def connect(self, views: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a catalog like the warehouse's own, whose `views` read their gathered rows.

        Views that read these read the same rows, and DuckDB computes once what several of them
        read. What has changed since it was gathered, or rests on what has, is computed anew.
        """
        warehouse = self.engine.warehouse
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            catalog = Path(name) / warehouse.catalog.name
            shutil.copyfile(warehouse.catalog, catalog)
            with duckdb.connect(catalog) as connection, plain_duckdb_errors():
                let_duckdb_read(connection, warehouse.tables)
                if isinstance(self.engine, DuckEngine):
                    views = add_shared_views(connection, views)
                for view in views:
                    rows = self.folder / f"{view}-{digest_sources(connection, view)}"
                    if not rows.exists():
                        self.engine.gather(f"from {view}", rows, connection)
                    _read_instead(connection, view, rows)
            with connect(warehouse, catalog=catalog, may_read=self.folder) as connection:
                yield connection


@contextmanager
def gather(engine: Engine) -> Iterator[Gathered]:
    """A place for rows that `engine` computes; all is gone when the context ends."""
    with tempfile.TemporaryDirectory(dir=engine.scratch, prefix=ANSWERS) as name:
        yield Gathered(engine, Path(name))


def _read_instead(connection: duckdb.DuckDBPyConnection, view: str, folder: Path) -> None:
    """Let `view` read the files of `folder`, with the types and documentation that it had."""
    known, doc = describe_view(connection, view), list_views(connection)[view]
    columns = ", ".join(
        f"cast({quote_name(column.name)} as {column.data_type}) as {quote_name(column.name)}"
        for column in known
    )
    files = quote_files(sorted(folder.resolve().glob("*.parquet")))
    connection.execute(
        f"create or replace view {view} as select {columns} from read_parquet({files})"
    )
    connection.execute(f"comment on view {view} is {quote_text(doc or '')}")
    for column in known:
        place = f"{view}.{quote_name(column.name)}"
        connection.execute(f"comment on column {place} is {quote_text(column.doc)}")
