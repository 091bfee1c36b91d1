"""A real cluster of two workers gives the same rows, also when one of them dies at work."""

import subprocess
import sys
import time

import polars as pl
import pytest
from ase import Atoms
from ase.io import write

from ingest.alloys.own_structures import ingest_source
from ingest.alloys.shipped import read_embedded_structures
from tests.spark.cluster import WORKERS, Cluster
from tests.spark.session import needs_spark, small_warehouse
from tests.support.alloys import AU_CU
from warehouse.catalog.query import write_answer
from warehouse.settings import PROJECT_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

N_TASKS = 8
SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": str(N_TASKS),
}
HEAVY = """
with names as (select distinct decoration_id from staging.derivative_structures)
select md5(a.decoration_id) < md5(b.decoration_id) as is_less, count(*) as n,
    min(md5(c.decoration_id)) as least
from names as a, staging.derivative_structures as b, staging.derivative_structures as c
group by is_less order by is_less
"""
"""Its second stage has as many tasks as there are partitions, each of a third of a million rows."""
SECONDS = 200.0

pytestmark = [needs_spark, pytest.mark.cluster]


@pytest.fixture(scope="module")
def root():
    return small_warehouse()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def spark_options(cluster):
    settings = [f"--spark-conf={key}={value}" for key, value in SETTINGS.items()]
    return ["--engine", "spark", "--spark-master", cluster.url, *settings]


def start_query(root, cluster, sql, output):
    command = [sys.executable, "-m", "warehouse", "query", sql, "--format", "csv"]
    return subprocess.Popen(
        [*command, "--output", output, *spark_options(cluster), "--warehouse", root],
        cwd=PROJECT_DIR,
        stderr=subprocess.PIPE,
        text=True,
    )


def await_tasks(cluster, query):
    """How many tasks of `HEAVY` each living worker has done, as soon as there is one."""
    living = [name for name in WORKERS if cluster.processes[name].poll() is None]
    deadline = time.monotonic() + SECONDS
    done = {}
    while query.poll() is None and time.monotonic() < deadline:
        done = {name: cluster.shuffles(name, 1) for name in living}
        if any(done.values()):
            break
        time.sleep(0.05)
    return done


def test_workers_map_structures_as_this_process_does(cluster, tmp_path):
    few = read_embedded_structures([AU_CU]).filter(pl.col("symbols").list.len() < 4)
    write(
        tmp_path / "few.extxyz",
        [
            Atoms(
                row["symbols"],
                positions=row["positions"],
                cell=row["cell"],
                pbc=True,
                info={"energy": row["total_energy"]},
            )
            for row in few.rows(named=True)
        ],
    )
    here = Store(Warehouse(tmp_path / "here"))
    ingest_source(here, tmp_path / "few.extxyz", AU_CU)
    command = [sys.executable, "-m", "ingest", "alloys", "--from", tmp_path / "few.extxyz"]
    options = ["--species", "Au,Cu", *spark_options(cluster), "--warehouse", tmp_path / "spark"]
    done = subprocess.run([*command, *options], cwd=PROJECT_DIR, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    mappings = here.read("lattice_mappings")
    assert mappings.height == few.height
    assert mappings.equals(Store(Warehouse(tmp_path / "spark")).read("lattice_mappings"))


def test_a_worker_that_dies_at_work_does_not_change_the_rows(root, cluster, tmp_path):
    write_answer(Warehouse(root), HEAVY, "csv", tmp_path / "duckdb.csv")
    query = start_query(root, cluster, HEAVY, tmp_path / "spark.csv")
    done = await_tasks(cluster, query)
    assert 0 < sum(done.values()) < N_TASKS, query.poll()
    cluster.kill(max(done, key=done.__getitem__))
    assert query.poll() is None
    _, errors = query.communicate(timeout=SECONDS)
    assert (query.returncode, errors) == (0, "")
    assert (tmp_path / "spark.csv").read_text() == (tmp_path / "duckdb.csv").read_text()
    assert not list(root.glob(".query-*"))


def test_a_query_does_not_wait_for_ever_for_a_cluster_that_is_gone(root, cluster, tmp_path):
    query = start_query(root, cluster, HEAVY, tmp_path / "spark.csv")
    assert 0 < sum(await_tasks(cluster, query).values()) < N_TASKS, query.poll()
    for name in cluster.processes:
        cluster.kill(name)
    _, errors = query.communicate(timeout=SECONDS)
    assert query.returncode == 1
    assert f"no worker is left, and no master answers at {cluster.url}" in errors.splitlines()[0]
    assert len(errors.splitlines()) == 2
    assert not (tmp_path / "spark.csv").exists()
    assert not list(root.glob(".query-*"))
