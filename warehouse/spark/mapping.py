"""Runs a function over rows on Spark's workers, for what SQL cannot do.

They import it by name, so it and what it needs must be installed there.
"""

import math
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.crystals.executors import Executor, Function
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.spark.session import plain_spark_errors, start_spark, tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MOST_ROWS = 500
"""Most rows of one task of Spark's: so much is done again if its worker dies."""
TASKS_PER_CORE = 4
"""Fewer rows than that make a task, so that cores with quick rows need not wait for slow ones."""

LACK = re.compile(
    r"No module named '[\w.]+'|Cannot run program .*|Python in worker has different version[^,]*"
)
"""What is said where a worker's Python, or a package of it, is missing or another one."""


@contextmanager
def open_executor(
    master: str, settings: Mapping[str, str], say_it_starts: Callable[[], None]
) -> Iterator[Executor]:
    """Spark on `master` for functions; it starts with the first of them, after `say_it_starts`."""
    with ExitStack() as stack:

        @cache
        def session() -> "SparkSession":
            say_it_starts()
            begun = start_spark(master, settings)
            stack.callback(begun.stop)
            return begun

        yield lambda *args, **kwargs: map_on_spark(session(), *args, **kwargs)


def map_on_spark(
    session: "SparkSession",
    function: Function,
    rows: pa.Table,
    schema: pa.Schema,
    *,
    track: Track = untracked,
    description: str = "",
) -> Iterator[pa.RecordBatch]:
    """See `Executor` of `crystals.executors`: rows and what becomes of them travel by memory.

    Raises WarehouseError if a worker fails, with the notes of the function's error.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    spark_schema = from_arrow_schema(schema)
    plain = to_arrow_schema(spark_schema)

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (function(batch).cast(plain) for batch in batches)

    context, session = session.sparkContext, session.newSession()
    n_tasks = context.defaultParallelism * TASKS_PER_CORE
    task_rows = min(MOST_ROWS, max(1, math.ceil(rows.num_rows / n_tasks)))
    # One task per batch: Spark would join those of a small table.
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", task_rows)
    session.conf.set("spark.sql.execution.arrow.localRelationThreshold", 0)
    with _plain_worker_errors(), ThreadPoolExecutor(1) as pool:
        mapped = session.createDataFrame(rows).mapInArrow(work, spark_schema)
        answer = pool.submit(mapped.toArrow)
        try:
            for n_done in track(range(math.ceil(rows.num_rows / task_rows)), description):
                while not answer.done() and tasks(context)[0] <= n_done:
                    time.sleep(0.1)
            done = answer.result()
        finally:
            if not answer.done():
                context.cancelAllJobs()
    yield from done.cast(schema).to_batches()


@contextmanager
def _plain_worker_errors() -> Iterator[None]:
    """Turn what a worker's Python complains of into a WarehouseError with a cure."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with plain_spark_errors():
        try:
            yield
        except (PySparkException, Py4JError) as error:
            text = str(error)
            if found := LACK.search(text):
                raise WarehouseError(
                    f"a worker of Spark lacks what the work needs: {found[0]}",
                    hint="install this project, icet included, for the Python of every worker; "
                    f"PYSPARK_PYTHON names it, now {os.environ.get('PYSPARK_PYTHON')}",
                ) from error
            if "Traceback" in text:
                # What stands after the innermost line of code is the error and its notes.
                _, *said = re.split(r"^ .*\n", text.rstrip() + "\n", flags=re.MULTILINE)
                raise WarehouseError(
                    f"a worker of Spark failed: {'; '.join(said[-1].splitlines())}",
                    hint="leave --engine spark away to see where; nothing was written",
                ) from error
            raise
