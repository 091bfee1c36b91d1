"""Answers queries with Spark, from the same tables' files and the same views as the catalog."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.dataset
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from warehouse.catalog.connection import connect, plain_duckdb_errors
from warehouse.catalog.functions import expand_calls, load_functions
from warehouse.catalog.query import FileFormat, copy_rows, parse_query
from warehouse.catalog.views import View, load_views, read_names
from warehouse.errors import WarehouseError, first_line
from warehouse.quoting import quote_files, quote_name
from warehouse.settings import SQL_DIR
from warehouse.spark.screening import screen
from warehouse.spark.session import plain_spark_errors, tasks
from warehouse.spark.translate import CATALOG, SPREAD, translate_query, view_name
from warehouse.storage.delta import list_version_files
from warehouse.storage.drafts import ANSWERS
from warehouse.storage.files import is_on_disk
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES, untold_values

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class SparkEngine:
    """Spark over `warehouse`; it starts, and makes views, when a query needs them.

    `start` begins a session; `scratch` is a folder that all workers share, by default the
    system's for temporary files.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        start: "Callable[[], SparkSession]",
        scratch: Path | None = None,
    ) -> None:
        self.warehouse = warehouse
        self.scratch = scratch
        self._start = start
        with connect(warehouse) as connection:
            rows = connection.sql("select name, version, sha256 from raw.catalog_lineage")
            self._lineage = {
                name: sha256 if version is None else version
                for name, version, sha256 in rows.fetchall()
            }
        self._views = {view.name: view for view in load_views(SQL_DIR)}
        self._made: set[str] = set()

    @cached_property
    def session(self) -> "SparkSession":
        """The session with the views."""
        return self._start()

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Rows of the query `sql`, in its order; they pass through a folder, not through memory."""
        with self._answer(sql) as files:
            yield from pyarrow.dataset.dataset(files, format="parquet").to_batches()

    def first(self, sql: str, n_rows: int) -> pa.Table:
        """The first rows of the query `sql`."""
        rows = self.frame(sql).limit(n_rows)
        with plain_spark_errors():
            return rows.toArrow()

    def columns(self, sql: str) -> str:
        """The columns of the query `sql` of a user, cast to DuckDB's types of them.

        Raises WarehouseError for a query that Spark may answer otherwise than DuckDB.
        """
        with connect(self.warehouse) as connection:
            screen(connection, sql)
            rows = connection.sql(parse_query(connection, sql))
            names = map(quote_name, rows.columns)
            return ", ".join(
                f"cast({name} as {kind}) as {name}"
                for name, kind in zip(names, rows.types, strict=True)
            )

    def copy(self, warehouse: Warehouse, sql: str, file_format: FileFormat, target: Path) -> None:
        """Write the rows of the query `sql` of a user to the file `target`, as DuckDB would."""
        columns = self.columns(sql)
        with self._answer(sql) as files, duckdb.connect() as connection, plain_duckdb_errors():
            rows = f"select {columns} from read_parquet({quote_files(files)})"
            copy_rows(connection, rows, file_format, target)

    @contextmanager
    def _answer(self, sql: str) -> Iterator[list[str]]:
        """Parquet files with the rows of the query `sql`, in its order."""
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix=ANSWERS) as folder:
            rows = Path(folder) / "rows"
            self.gather(sql, rows)
            yield sorted(str(file) for file in rows.glob("*.parquet"))

    def gather(
        self, sql: str, folder: Path, connection: duckdb.DuckDBPyConnection | None = None
    ) -> None:
        """Write the rows of the query `sql` as Parquet files of a new `folder` in `scratch`."""
        if self.scratch is None or not self.warehouse.bucket:
            self.write(sql, folder)
        else:
            from warehouse.spark.object_storage import fetch_rows

            fetch_rows(self.frame(sql), self.warehouse.folder("answers"), folder)

    def write(self, sql: str, folder: Path) -> int:
        """Write the rows of the query `sql` as Parquet files of a new `folder`; return how many."""
        from pyspark.sql import Observation
        from pyspark.sql.functions import count, lit

        if not is_on_disk(folder):
            from warehouse.spark.object_storage import write_objects

            return write_objects(self.frame(sql), folder)
        seen = Observation()
        rows = self.frame(sql)
        with plain_spark_errors():
            rows.observe(seen, count(lit(1)).alias("n")).write.parquet(str(folder.resolve()))
            n_rows = int(seen.get["n"])
        for sums in folder.glob(".*.crc"):
            sums.unlink()
        held = pyarrow.dataset.dataset(folder, format="parquet").count_rows()
        if held != n_rows:
            raise WarehouseError(
                f"the workers wrote {n_rows:,} rows, but {held:,} are in {folder.resolve()}",
                hint="name a folder that this machine and all workers share",
            )
        return n_rows

    def frame(self, sql: str) -> "DataFrame":
        """The query `sql` as a data frame of Spark's; DuckDB says if it is none, or wrong."""
        with connect(self.warehouse) as connection:
            query = parse_query(connection, sql)
        try:
            tree = sqlglot.parse_one(query, dialect="duckdb")
            text = translate_query(query)
        except SqlglotError as error:
            raise WarehouseError(
                f"the query has no form in Spark's SQL: {first_line(error)}",
                hint="write it with functions that both engines have, or leave --engine spark away",
            ) from error
        if not isinstance(tree, exp.Query):
            raise WarehouseError(
                f"{tree.key} is no query that Spark answers",
                hint="begin with select, with or from, or leave --engine spark away",
            )
        self._make_all(query, read_names(expand_calls(tree, load_functions(SQL_DIR))))
        with plain_spark_errors():
            return self.session.sql(text)

    def put(self, tables: Mapping[str, pa.Table]) -> None:
        """Let raw `tables` have these rows, for this engine's next queries alone."""
        with plain_spark_errors():
            for name, rows in tables.items():
                frame = self.session.createDataFrame(rows)
                frame.createOrReplaceTempView(view_name(f"raw.{name}"))
        self._made = {f"raw.{name}" for name in tables}

    def progress(self) -> tuple[int, int]:
        """How many tasks of the running stages are done, and how many there are."""
        if "session" not in vars(self):
            return 0, 0
        return tasks(self.session.sparkContext)

    def close(self) -> None:
        """End the session, if it has begun."""
        if "session" in vars(self):
            self.session.stop()

    def _make_all(self, sql: str, names: Iterable[str]) -> None:
        """Make the views `names`, which `sql` reads, if they are not there yet."""
        for name in sorted(names):
            self._make(name if "." in name else f"marts.{name}")
        for name in CATALOG.keys() - self._made:
            if name in sql.lower():
                self._copy_catalog(name)

    def _copy_catalog(self, name: str) -> None:
        """Make a table of what DuckDB tells of its own catalog."""
        columns = CATALOG[name]
        with connect(self.warehouse) as connection:
            rows = connection.sql(f"select {columns} from {name}()").to_arrow_table()
        self.session.createDataFrame(rows).createOrReplaceTempView(name)
        self._made.add(name)

    def _make(self, name: str) -> None:
        """Make the view `name` after those that it reads, if it is not there yet."""
        if name in self._made:
            return
        if name in self._views:
            view = self._views[name]
            self._check_age(view)
            self._make_all(view.sql, view.reads)
            with plain_spark_errors():
                rows = self.session.sql(translate_query(view.sql))
                rows = rows.hint("repartition") if name in SPREAD else rows
        elif (table := name.removeprefix("raw.")) in TABLES:
            rows = self._table(table)
            if untold := untold_values(TABLES[table]):
                rows = rows.fillna(dict(untold))
        else:
            raise WarehouseError(
                f"{name} is in DuckDB's catalog alone", hint="leave --engine spark away"
            )
        with plain_spark_errors():
            rows.createOrReplaceTempView(view_name(name))
        self._made.add(name)

    def _check_age(self, view: View) -> None:
        if self._lineage.get(view.name) != view.sha256:
            raise WarehouseError(
                f"the catalog is older than {view.path}", hint="run `python -m warehouse build`"
            )

    def _table(self, table: str) -> "DataFrame":
        """The files of the version that the catalog reads; what a file lacks is NULL."""
        from pyspark.sql.pandas.types import from_arrow_schema

        empty = TABLES[table].create_empty().to_arrow()
        schema = from_arrow_schema(empty.schema, prefer_timestamp_ntz=True)
        version = self._lineage.get(f"raw.{table}")
        files = (
            list_version_files(Store(self.warehouse).path(table), int(version))
            if version is not None
            else []
        )
        if not files:
            return self.session.createDataFrame(empty, schema)
        if self.warehouse.bucket:
            from warehouse.spark.object_storage import read_objects

            return read_objects(self.session, files, schema)
        with plain_spark_errors():
            paths = (str(file.resolve()) for file in files)
            return self.session.read.schema(schema).parquet(*paths)
