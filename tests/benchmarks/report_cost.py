"""What `make report` costs by stage, in processor time, which load of the machine hardly changes.

Each command runs in a process of its own on a warehouse of its own; its children count.
`python -m tests.benchmarks.report_cost` prints the stages alone.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STAGES = {
    "ingest": ("ingest", "all"),
    "build": ("warehouse", "build"),
    "check": ("warehouse", "check"),
    "cluster expansion": ("analysis", "cluster-expansion"),
    "metals": ("analysis", "metals"),
    "pages": ("analysis", "report", "--output", "reports"),
}
NAME = "report_cpu_seconds"


def run() -> Iterator[dict[str, Any]]:
    """Rows of `benchmarks.json`, one per stage, then of all; they have no peer."""
    total, peak = 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for stage, command in STAGES.items():
            seconds, memory = _measure(Path(folder), command)
            total, peak = total + seconds, max(peak, memory)
            yield make_stage(stage, seconds, memory)
    yield make_stage("all", total, peak)


def make_stage(stage: str, seconds: float, memory: float) -> dict[str, Any]:
    """One entry of `benchmarks.json`: CPU seconds and peak memory (MB) of a stage."""
    peer = dict.fromkeys(("peer", "ratio", "peer_size", "peer_peak_memory_mb"))
    return {
        "name": NAME, "stage": stage, "size": 1, "ours": seconds, "unit": "CPU s",
        "peak_memory_mb": memory, **peer,
    }  # fmt: skip


def _measure(folder: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of `python -m` with this command, all on its own."""
    environment = {**os.environ, "WAREHOUSE_DIR": str(folder / "data")}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


if __name__ == "__main__":
    for row in run():
        print(f"{row['stage']:<18} {row['ours']:7.1f} CPU s  {row['peak_memory_mb']:7,.0f} MB")
