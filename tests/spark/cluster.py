"""A standalone cluster of Spark on this machine: a master and two workers, each a process."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

WORKERS = ("first", "second")
PATIENCE = 120.0
"""Seconds to wait for a process to say that it is ready."""


class Cluster:
    """Processes that keep their logs and shuffles in `folder`, on free ports of loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Cluster":
        try:
            self._start("master", "master.Master", "--port", "0")
            self.url = self._await("master", r"Starting Spark master at (spark://\S+)")
            for name in WORKERS:
                folder = str(self.folder / name)
                options = ["--cores", "1", "--memory", "512m", "--work-dir", folder, self.url]
                self._start(name, "worker.Worker", *options)
            for name in WORKERS:
                self._await(name, "(Successfully registered with master)")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.processes:
            self.kill(name)

    def kill(self, name: str) -> None:
        """End a process and those that it started, without warning."""
        process = self.processes[name]
        if process.poll() is None:
            for pid in [process.pid, *children(process.pid)]:
                os.kill(pid, 9)
            process.wait()

    def shuffles(self, name: str, number: int) -> int:
        """How many tasks of a worker have finished their part of the shuffle `number`."""
        return len(list((self.folder / f"{name}-local").rglob(f"shuffle_{number}_*.data")))

    def _start(self, name: str, what: str, *options: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        command = [
            *(shutil.which("java") or "java", "-Xmx256m", "-cp", f"{home}/jars/*"),
            *(f"org.apache.spark.deploy.{what}", "--host", "127.0.0.1", "--webui-port", "0"),
        ]
        places = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
        (core,) = (home / "jars").glob("spark-core_*.jar")
        places["SPARK_SCALA_VERSION"] = core.name.removeprefix("spark-core_").partition("-")[0]
        places["SPARK_LOCAL_DIRS"] = str(self.folder / f"{name}-local")
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*command, *options],
                cwd=self.folder,
                env={**os.environ, **places},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _await(self, name: str, pattern: str) -> str:
        log, deadline = self.folder / f"{name}.log", time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.processes[name].poll() is None:
            if found := re.search(pattern, log.read_text()):
                return found[1]
            time.sleep(0.1)
        raise AssertionError(f"{name} is not ready: {log.read_text()}")


def children(pid: int) -> list[int]:
    """Processes that `pid` started, and those that they started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found
