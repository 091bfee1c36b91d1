"""DuckDB and Spark on the cores of this machine: what the two heavy views cost.

A row is a row of the view: a material's 132 Magpie features, or one orbit's correlation of one
structure. Each engine works in a process of its own and writes the view's Parquet files, as
`python -m warehouse build --materialise` does. DuckDB is expected to win here: `break_even` says
from which size on a cluster pays. `python -m tests.benchmarks.engines SIZE SIZE` measures two
other sizes and prints that model.
"""

import json
import os
import re
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.benchmarks import correlations
from tests.benchmarks.break_even import make_model
from tests.benchmarks.harness import Measurement, make_row, run_apart
from tests.spark.cluster import children
from warehouse.errors import WarehouseError
from warehouse.spark.session import check_java
from warehouse.storage.warehouse import Warehouse

SIZES = (100_000, 1_000_000)
MASTER = "local[2]"
N_CORES = 2
CLUSTER = 64
"""Cores of the cluster that the model is asked about."""
N_ORBITS = 271
"""Of the default cluster space."""
SPARK_SETTINGS = {"spark.driver.memory": "8g"}
DUCKDB_MEMORY = "8GB"


@dataclass(frozen=True)
class Cost:
    """What one engine took for `n_rows` of a view; its start is apart."""

    engine: str
    view: str
    n_rows: int
    start_seconds: float
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    spilled_mb: float
    load: float


def run(sizes: tuple[int, ...] = SIZES) -> Iterator[dict[str, Any]]:
    """Rows of `benchmarks.json`; none where there is no Java."""
    try:
        check_java()
    except WarehouseError as error:
        print(f"DuckDB and Spark are not compared: {error.message}", file=sys.stderr)
        return
    for view in MAKERS:
        for size in sizes:
            ours, peer = costs(view, size)
            measured = [
                Measurement(cost.n_rows, cost.n_rows / cost.seconds, cost.peak_memory_mb)
                for cost in (ours, peer)
            ]
            name = view.removeprefix("features.").removeprefix("cluster_")
            row = make_row(f"{name}_duckdb_vs_spark", *measured, "rows/s")
            yield row | {"costs": [asdict(ours), asdict(peer)]}


def costs(view: str, size: int) -> Iterator[Cost]:
    """What DuckDB takes for `view`, then what Spark takes."""
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as folder:
        root = Path(folder) / "data"
        run_apart(MAKERS[view], root, size)
        for engine in (by_duckdb, by_spark):
            yield run_apart(engine, root, view)


def make_structures(root: Path, size: int) -> None:
    """Write as many structures as have `size` correlations, rounded up."""
    correlations.make_warehouse(root, -(-size // N_ORBITS))
    assert correlations.count_orbits(root) == N_ORBITS


def make_materials(root: Path, size: int) -> None:
    """Write `size` materials: those that the project ships, over and over."""
    import polars as pl
    from deltalake import write_deltalake

    from ingest.materials.elements import ingest_elements
    from ingest.materials.matbench import ingest_materials
    from warehouse.catalog.build import build_catalog
    from warehouse.storage.commits import Provenance
    from warehouse.storage.store import Store

    store = Store(Warehouse(root))
    ingest_elements(store)
    ingest_materials(store)
    shipped = store.read("materials").filter(source="matbench_mp")
    for first in range(0, size, shipped.height):
        copies = shipped.head(size - first).with_columns(
            source=pl.lit("copies"), material_id=pl.format("{}", first + pl.int_range(pl.len()))
        )
        if first:
            write_deltalake(store.path("materials"), copies.to_arrow(), mode="append")
        else:
            store.replace("materials", copies, provenance=Provenance("benchmark", "1"))
    build_catalog(store)


MAKERS: dict[str, Callable[[Path, int], None]] = {
    "features.cluster_correlations": make_structures,
    "features.magpie": make_materials,
}


def by_duckdb(root: Path, view: str) -> Cost:
    """Write `view` by DuckDB, which may take `DUCKDB_MEMORY` and puts the rest on the disk."""
    import duckdb

    from warehouse.catalog.query import copy_rows
    from warehouse.storage.warehouse import Warehouse

    start = time.perf_counter()
    spill, target = root.with_name("spill"), root.with_name("rows.parquet")
    connection = duckdb.connect(Warehouse(root).catalog, read_only=True)
    connection.execute(f"set memory_limit = '{DUCKDB_MEMORY}'")
    connection.execute(f"set temp_directory = '{spill}'")
    connection.execute(f"set threads = {N_CORES}")
    with Watch(spill) as watch:
        copy_rows(connection, f"from {view}", "parquet", target)
    ((n_rows,),) = connection.sql(f"select count(*) from '{target}'").fetchall()
    target.unlink()
    return watch.cost("duckdb", view, n_rows, start)


def by_spark(root: Path, view: str) -> Cost:
    """Write `view` by Spark; its Java process counts."""
    from warehouse.engines import open_spark

    start = time.perf_counter()
    target, spill = root.with_name("rows"), root.with_name("spill")
    settings = SPARK_SETTINGS | {"spark.local.dir": str(spill)}
    with open_spark(Warehouse(root), MASTER, settings) as engine:
        list(engine.batches("select count(*) from raw.elements"))
        with Watch(spill) as watch:
            n_rows = engine.write(f"from {view}", target)
        shutil.rmtree(target)
        return watch.cost("spark", view, n_rows, start)


class Watch:
    """Time and memory of this process and its children, and what is in `spill` at most."""

    def __init__(self, spill: Path) -> None:
        self.spill = spill
        self.spilled = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self.load = os.getloadavg()[0]
        self.begin, self._cpu = time.perf_counter(), _cpu_seconds()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds, self.cpu_seconds = (
            time.perf_counter() - self.begin,
            _cpu_seconds() - self._cpu,
        )
        self._done.set()
        self._thread.join()
        self.peak = sum(_peak_kilobytes(pid) for pid in [os.getpid(), *children(os.getpid())])

    def cost(self, engine: str, view: str, n_rows: int, start: float) -> Cost:
        """All of it, of an engine that began at `start`."""
        return Cost(
            engine,
            view,
            n_rows,
            start_seconds=self.begin - start,
            seconds=self.seconds,
            cpu_seconds=self.cpu_seconds,
            peak_memory_mb=self.peak / 1024,
            spilled_mb=self.spilled / 2**20,
            load=self.load,
        )

    def _look(self) -> None:
        while not self._done.wait(0.2):
            self.spilled = max(self.spilled, _size(self.spill))


def _size(folder: Path) -> int:
    """Bytes of the disk that the files in `folder` take; some may vanish meanwhile."""
    total = 0
    for file in folder.rglob("*") if folder.exists() else ():
        with suppress(FileNotFoundError):
            total += file.lstat().st_blocks * 512
    return total


def _cpu_seconds() -> float:
    """Of this process and of those that it started and that still run."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ticks = 0
    for pid in children(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return own.ru_utime + own.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _peak_kilobytes(pid: int) -> int:
    """Nothing of one that has ended and waits for its parent."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return sum(map(int, re.findall(r"VmHWM:\s*(\d+)", status)))


def describe(small: dict[str, Any], large: dict[str, Any]) -> str:
    """What the model says after two rows of one view."""
    costs = ([Cost(**row["costs"][engine]) for row in (small, large)] for engine in (0, 1))
    model = make_model(*costs)
    return (
        f"{large['name']}: a core does {model.duckdb_rate:,.0f} rows/s in DuckDB and "
        f"{model.spark_rate:,.0f} in Spark, which starts for {model.start:.0f} s; at an efficiency "
        f"of {model.efficiency:g}, {model.cores_per_core:.1f} of its cores make up for one, and "
        f"{CLUSTER} beat {N_CORES} of DuckDB's from {model.break_even(N_CORES, CLUSTER):,.0f} rows"
    )


if __name__ == "__main__":
    measured = []
    for row in run(tuple(map(int, sys.argv[1:])) or SIZES):
        print(json.dumps(row), flush=True)
        measured.append(row)
    for small, large in pairwise(measured):
        if small["name"] == large["name"]:
            print(describe(small, large))
