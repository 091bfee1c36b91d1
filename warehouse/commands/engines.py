"""The options that choose an engine, and what Spark shows while it works."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.errors import WarehouseError
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from warehouse.crystals.executors import Executor
    from warehouse.spark.engine import SparkEngine

LOCAL_MASTER = "local[*]"

EngineOption = Annotated[
    Literal["duckdb", "spark"], typer.Option("--engine", help="What computes; spark needs Java.")
]
MasterOption = Annotated[
    str | None,
    typer.Option("--spark-master", metavar="URL", help="Cluster of Spark.  [default: local[*]]"),
]
SettingsOption = Annotated[
    list[str] | None,
    typer.Option("--spark-conf", metavar="K=V", help="Setting of Spark; as often as needed."),
]


@contextmanager
def spark_or_none(
    engine: Literal["duckdb", "spark"],
    warehouse: Warehouse,
    master: str | None,
    settings: list[str] | None,
) -> Iterator["SparkEngine | None"]:
    """Spark over `warehouse`, until the work is done; None if DuckDB is to work."""
    pairs = _parse(engine, master, settings)
    if engine == "duckdb":
        yield None
        return
    from warehouse.engines import open_spark

    _say_it_starts()
    with open_spark(warehouse, master or LOCAL_MASTER, pairs) as spark:
        yield spark


@contextmanager
def executor(
    engine: Literal["duckdb", "spark"], master: str | None, settings: list[str] | None
) -> Iterator["Executor"]:
    """What runs functions over rows: Spark, which starts with the first of them, or this process.

    What SQL cannot do never runs in DuckDB.
    """
    from warehouse.crystals.executors import map_here
    from warehouse.spark.mapping import open_executor

    pairs = _parse(engine, master, settings)
    if engine == "duckdb":
        yield map_here
        return
    with open_executor(master or LOCAL_MASTER, pairs, _say_it_starts) as on_spark:
        yield on_spark


def _parse(
    engine: Literal["duckdb", "spark"], master: str | None, settings: list[str] | None
) -> dict[str, str]:
    """Names and values of Spark's settings."""
    if engine == "duckdb" and (master is not None or settings):
        raise typer.BadParameter("--spark-master and --spark-conf need --engine spark")
    pairs = [setting.partition("=") for setting in settings or []]
    for key, equals, _ in pairs:
        if not equals:
            raise WarehouseError(
                f"--spark-conf {key} has no value",
                hint="write it as spark.NAME=VALUE, such as spark.driver.memory=8g",
            )
    return {key: value for key, _, value in pairs}


def _say_it_starts() -> None:
    if sys.stderr.isatty():
        typer.echo("Spark starts", err=True)


@contextmanager
def watch(spark: "SparkEngine | None") -> Iterator[None]:
    """Show how many of Spark's running tasks are done, on stderr if that is a terminal."""
    if spark is None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress

    is_done = threading.Event()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("tasks of Spark", total=None)

        def poll() -> None:
            while not is_done.wait(0.5):
                n_done, n_tasks = spark.progress()
                bar.update(task, completed=n_done, total=n_tasks or None)

        poller = threading.Thread(target=poll, daemon=True)
        poller.start()
        try:
            yield
        finally:
            is_done.set()
            poller.join()
