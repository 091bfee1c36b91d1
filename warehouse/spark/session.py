"""Starts Spark quietly, and says in plain words why it does not start or fails."""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError, first_line
from warehouse.spark.cluster import LOST, await_worker, check_master, watch_cluster

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

JAVA = 17
"""Oldest Java that PySpark runs on."""

FIXED = {"spark.sql.variable.substitute": "false"}
"""What no one may change: a query with `${env:NAME}` would read the secrets of this process."""
LOCAL = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
DEFAULTS = {
    "spark.app.name": "quarry",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "spark.python.sql.dataFrameDebugging.enabled": "false",
}
"""What Spark is told unless the user says otherwise."""


def spark_version() -> str:
    """Version of PySpark; raises WarehouseError if it is not installed."""
    try:
        return version("pyspark")
    except PackageNotFoundError as error:
        raise _no_spark() from error


def _no_spark() -> WarehouseError:
    return WarehouseError(
        "the engine spark needs PySpark, which is not installed",
        hint="pip install -c constraints.txt '.[spark]'",
    )


def start_spark(master: str, settings: Mapping[str, str]) -> "SparkSession":
    """A session on `master`, such as `local[*]` or `spark://host:7077`.

    Raises WarehouseError if PySpark or a new enough Java is missing, no master answers there,
    no worker takes up the work, or Spark refuses a setting.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise _no_spark() from error
    from py4j.protocol import Py4JError

    # Workers start the Python of this name; Spark's own choice would be the system's.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    check_java()
    check_master(master)
    builder = SparkSession.builder.master(master)
    here = LOCAL if runs_here(master) else {}
    for key, value in {**DEFAULTS, **here, **settings, **FIXED}.items():
        if not re.fullmatch(r"spark\.[\w.-]+", key):
            raise WarehouseError(
                f"{key!r} is no setting of Spark",
                hint="give --spark-conf as spark.NAME=VALUE, such as spark.driver.memory=8g",
            )
        builder = builder.config(key, value)
    with tempfile.TemporaryFile() as log:
        try:
            with _errors_to(log.fileno()):
                session = builder.getOrCreate()
        except (PySparkException, Py4JError, OSError) as error:
            log.seek(0)
            raise _refusal(master, str(error), log.read().decode(errors="replace")) from error
    session.sparkContext.setLogLevel("OFF")
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    if not runs_here(master):
        await_worker(session, master)
        watch_cluster(session, master)
    return session


def runs_here(master: str) -> bool:
    """Whether everything runs in one process of this machine."""
    return master.startswith("local")


def tasks(context: "SparkContext") -> tuple[int, int]:
    """How many tasks of the running stages are done, and how many there are."""
    tracker = context.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    known = [stage for stage in stages if stage is not None]
    return sum(s.numCompletedTasks for s in known), sum(s.numTasks for s in known)


@contextmanager
def plain_spark_errors() -> Iterator[None]:
    """Turn Spark's complaints about a query into a WarehouseError with a cure."""
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, ParseException, PySparkException

    try:
        yield
    except (AnalysisException, ParseException) as error:
        raise WarehouseError(
            f"Spark does not take the query: {_plain(str(error))}",
            hint="write it with functions that both engines have, or leave --engine spark away",
        ) from error
    except (PySparkException, Py4JError) as error:
        raise WarehouseError(
            f"Spark gave up: {_cause(str(error))}",
            hint="start the cluster, then the same command again"
            if LOST in str(error)
            else "if memory ran out, give more with --spark-conf spark.driver.memory=8g or "
            "spark.executor.memory=8g; `python -m warehouse check` tells of damaged tables",
        ) from error


def check_java() -> None:
    """Raise WarehouseError if there is no Java that PySpark runs on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    hint = f"install Java {JAVA} or newer (apt-get install default-jre-headless) or set JAVA_HOME"
    if java is None:
        raise WarehouseError(
            f"the engine spark needs Java; there is none in {home}/bin (JAVA_HOME)"
            if home
            else "the engine spark needs Java; there is no `java` on the PATH",
            hint=hint,
        )
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WarehouseError(f"{java} does not run: {first_line(error)}", hint=hint) from error
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    if found is None or int(found[1]) < JAVA:
        seen = first_line(Exception(answer.stderr)) or "nothing"
        raise WarehouseError(
            f"the engine spark needs Java {JAVA} or newer; {java} says {seen}", hint=hint
        )


@contextmanager
def _errors_to(file: int) -> Iterator[None]:
    """Send what is written to stderr, also by the processes that start meanwhile, to `file`."""
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(file, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _refusal(master: str, error: str, log: str) -> WarehouseError:
    """The error for a start that failed, of whose reasons only Java's `log` may know."""
    text = log if "JAVA_GATEWAY_EXITED" in error else error
    return WarehouseError(
        f"Spark does not start on {master}: {_cause(text)}",
        hint="see --spark-master and --spark-conf, and whether there is the memory they ask for",
    )


def _cause(text: str) -> str:
    """The line of a long report of Java's that says why."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not re.match(r"WARNING|Using |\d\d/|at |: ?$", line)]
    tagged = [line for line in said if re.search(r"\[[A-Z_0-9.]{6,}\]", line)]
    thrown = [line for line in said if re.match(r".*?\b[\w.$]+(Exception|Error): .", line)]
    chosen = (tagged or thrown[::-1] or said or ["it does not say why"])[0]
    return _plain(re.sub(r"^.*?[\w.$]+(Exception|Error): (?=.)", "", chosen))


def _plain(text: str) -> str:
    """The first sentence of a message of Spark's, without its codes."""
    line = next((line for line in text.splitlines() if line.strip()), "it does not say why")
    return re.sub(r"\s*SQLSTATE: \w+.*", "", re.sub(r"^.*?\[[A-Z_0-9.]{6,}\]\s*", "", line)).strip()
