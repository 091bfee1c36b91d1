"""A full disk, a folder that cannot be written, Ctrl-C: what was there before stays whole."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.samples import (
    PROVENANCE,
    files_below,
    make_warehouse,
    material,
    materials,
    start,
    write_sql,
)
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

WRITE = """
import sys
from pathlib import Path
from tests.support.samples import PROVENANCE, material, materials
from warehouse.console import make_app
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

app = make_app("Writes materials again and again.")

@app.callback()
def options() -> None: ...

@app.command()
def write(folder: Path, n_rows: int):
    rows = materials(*(material(f"m-{number}") for number in range(n_rows)))
    print("writing", flush=True)
    for part in range(1_000):
        part_rows = rows.with_columns(source=rows["source"] + str(part))
        Store(Warehouse(folder)).replace("materials", part_rows, provenance=PROVENANCE)

app()
"""
QUERY_THEN_CTRL_C = """
import os, runpy, signal, threading
from warehouse.catalog import connection

run = connection.interruptible

def run_then_press(*arguments):
    threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
    return run(*arguments)

connection.interruptible = run_then_press
runpy.run_module("warehouse", run_name="__main__")
"""
ENDLESS = "select sum(a.i * b.i) from range(10_000_000) a(i), range(1_000_000) b(i)"
ENDLESS_PIVOT = f"pivot ({ENDLESS.replace('sum(a.i * b.i)', 'a.i % 3 as k')}) on k using count(*)"
STUBBORN = "select list_reduce(range(100_000_000), lambda a, b: (a + b) % 7)"
"""DuckDB does not look whether it is interrupted until it has the answer."""
MANY = "select i, md5(i::varchar) from range(100_000_000) t(i)"


def assert_two_lines(stderr, what, cure):
    message, hint = stderr.splitlines()
    assert message.startswith("Error: ")
    assert what in message
    assert hint.startswith("  Try: ")
    assert cure in hint


def test_a_table_survives_a_full_disk(store):
    make_warehouse(store, material("old"))
    child = start("-c", WRITE, "write", store.warehouse.root, "50000", RLIMIT_FSIZE=10_000)
    _, stderr = child.communicate(timeout=60)

    assert child.returncode == 1
    assert_two_lines(stderr, "tables/materials cannot be written", "disk has room")
    assert store.read("materials")["material_id"].to_list() == ["old"]
    assert len(list(store.path("materials").glob("*.parquet"))) == 1


def test_a_catalog_survives_a_full_disk(store):
    make_warehouse(store)
    before = files_below(store.warehouse.root)
    for n_bytes in (0, 50_000):
        child = start(
            "-m", "warehouse", "build", "--warehouse", store.warehouse, RLIMIT_FSIZE=n_bytes
        )
        _, stderr = child.communicate(timeout=60)
        assert child.returncode == 1
        assert_two_lines(stderr, "warehouse.duckdb cannot be written", "disk has room")
    assert files_below(store.warehouse.root) == before
    with connect(store.warehouse) as connection:
        assert connection.sql("from marts.counts").fetchall() == [("mp", 1)]


@pytest.mark.parametrize("file_format", ["csv", "json", "parquet"])
def test_a_query_on_a_full_disk_leaves_the_old_file(store, tmp_path, file_format):
    make_warehouse(store)
    target = tmp_path / f"rows.{file_format}"
    target.write_text("old")
    before = files_below(tmp_path)
    query = ("query", MANY, "--format", file_format, "--output", target)
    options = ("--warehouse", store.warehouse)
    child = start("-m", "warehouse", *query, *options, RLIMIT_FSIZE=100_000)
    _, stderr = child.communicate(timeout=60)

    assert child.returncode == 1
    assert_two_lines(stderr, "rows." + file_format, "disk has room")
    assert target.read_text() == "old"
    assert files_below(tmp_path) == before


def test_standard_output_on_a_full_disk(store):
    make_warehouse(store)
    command = [sys.executable, "-m", "warehouse", "query", MANY, "--format", "csv", "--warehouse"]
    with Path("/dev/full").open("w") as full:
        child = subprocess.run(
            [*command, str(store.warehouse)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT_DIR,
        )
    assert child.returncode == 1
    assert_two_lines(child.stderr, "No space left on device", "disk has room")


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    store = Store(Warehouse(tmp_path / "file" / "data"))
    for use in (
        lambda: store.replace("materials", materials(material()), provenance=PROVENANCE),
        lambda: build_catalog(store, write_sql(tmp_path / "sql")),
    ):
        with pytest.raises(WarehouseError, match="cannot be written") as caught:
            use()
        assert "folder is writable" in caught.value.hint


@pytest.mark.parametrize(
    ("sql", "extra"),
    [
        (ENDLESS, []),
        (ENDLESS, ["--format", "csv"]),
        (ENDLESS, ["--format", "csv", "--output", "r"]),
        (ENDLESS_PIVOT, []),
        (STUBBORN, ["--format", "csv"]),
    ],
)
def test_ctrl_c_stops_a_long_query_at_once(store, tmp_path, sql, extra):
    make_warehouse(store)
    before = files_below(tmp_path)
    extra = [str(tmp_path / "rows") if item == "r" else item for item in extra]
    child = start("-c", QUERY_THEN_CTRL_C, "query", sql, "--warehouse", store.warehouse, *extra)
    stdout, stderr = child.communicate(timeout=30)

    assert child.returncode == 1
    assert_two_lines(stderr, "stopped", "run the same command again")
    assert stdout == ""
    assert files_below(tmp_path) == before


def test_ctrl_c_between_writes_leaves_whole_versions(store):
    child = start("-c", WRITE, "write", store.warehouse.root, "1000")
    assert child.stdout is not None
    child.stdout.readline()
    while store.version("materials") is None:
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=30)

    assert child.returncode == 1
    assert_two_lines(stderr, "every table is as its last finished step left it", "again")
    assert store.verify("materials") == 1000


def test_a_kill_while_writing_leaves_whole_versions(store):
    make_warehouse(store)
    child = start("-c", WRITE, "write", store.warehouse.root, "1000")
    while store.version("materials") in (0, None):
        assert child.poll() is None
    child.kill()
    child.communicate(timeout=30)

    assert store.verify("materials") == 1000
    commit = store.replace("materials", materials(material()), provenance=PROVENANCE)
    assert commit.is_new
