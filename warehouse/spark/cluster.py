"""Whether the cluster that is to work for Spark is there, at the start and while it works."""

import socket
import threading
import time
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PATIENCE = 5.0
"""Seconds to wait for a cluster's master to answer."""
WORKER_PATIENCE = 60.0
"""Seconds to wait for a cluster's first worker."""
LOST_PATIENCE = 30.0
"""Seconds without any worker or master after which a job is given up."""

LOST = "no worker is left, and no master answers"


def check_master(master: str) -> None:
    """Raise WarehouseError if no master answers; Spark itself would try for a minute."""
    if not master.startswith("spark://"):
        return
    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=PATIENCE):
                return
        except (OSError, ValueError) as error:
            reason = error
    raise WarehouseError(
        f"no Spark master answers at {master}: {reason}",
        hint="start it, or name another with --spark-master, such as spark://HOST:7077 or local[*]",
    )


def await_worker(session: "SparkSession", master: str) -> None:
    """Raise WarehouseError if no worker comes: the first query would wait for ever."""
    context = session.sparkContext._jsc.sc()
    for _ in range(int(WORKER_PATIENCE / 0.2)):
        if context.isStopped() or context.getExecutorMemoryStatus().size() > 1:
            break
        time.sleep(0.2)
    else:
        session.stop()
        raise WarehouseError(
            f"{master} gave no worker within {WORKER_PATIENCE:.0f} s",
            hint="see its page for free cores and memory; ask for less with --spark-conf "
            "spark.executor.memory=1g",
        )


def watch_cluster(session: "SparkSession", master: str) -> None:
    """From now on, give up jobs that would wait for ever since their cluster is gone."""
    threading.Thread(target=_watch, args=(session, master), daemon=True).start()


def _watch(session: "SparkSession", master: str) -> None:
    """Give up jobs if no worker is left, nor a master that could give another."""
    from py4j.protocol import Py4JError

    context, tracker = session.sparkContext._jsc.sc(), session.sparkContext.statusTracker()
    lost = None
    try:
        while not context.isStopped():
            time.sleep(PATIENCE)
            if context.getExecutorMemoryStatus().size() > 1 or _answers(master):
                lost = None
                continue
            lost = lost or time.monotonic()
            if time.monotonic() - lost > LOST_PATIENCE:
                for job in tracker.getActiveJobsIds():
                    context.cancelJob(job, f"because {LOST} at {master}")
    except (Py4JError, OSError):
        return  # Java has ended, and all jobs with it.


def _answers(master: str) -> bool:
    try:
        check_master(master)
    except WarehouseError:
        return False
    return True
