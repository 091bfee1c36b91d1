"""Where data go: what reads a table, which runs read a version, which results are too old."""

import json

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from tests.support.samples import PROVENANCE, SQL, make_warehouse, material, materials, write_sql
from warehouse.__main__ import app
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.documentation import describe_view, list_views
from warehouse.catalog.lineage import (
    add_shared_views,
    find_neighbours,
    find_stale_runs,
    read_lineage,
)
from warehouse.engines import DuckEngine, gather
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

COMMAND = "python -m analysis metals --benchmark toy"


@pytest.fixture
def root(store):
    return make(store)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """One for all tests that only read it."""
    return make(Store(Warehouse(tmp_path_factory.mktemp("lineage") / "data")))


def make(store):
    """A warehouse with a run of the study `metals` that read marts.counts."""
    make_warehouse(store)
    with connect(store.warehouse) as connection:
        lineage = {**vars(read_lineage(connection, "marts.counts")), "command": COMMAND}
    row = {
        "study": "metals",
        "dataset": "toy",
        "model": "linear",
        "run_id": "abc",
        "feature_space": "toy",
        "hyperparameters": "{}",
        "is_selected": True,
        "lineage": json.dumps(lineage),
    }
    source = Provenance("analysis.metals", "abc", lineage)
    store.replace("models", pl.DataFrame([row]), provenance=source)
    build(store)
    return store.warehouse.root


def build(store, files=SQL):
    build_catalog(store, write_sql(store.warehouse.root.parent / "sql", files))


def change(store, *rows):
    store.replace("materials", materials(*rows), provenance=PROVENANCE)
    build(store)


def stale(root):
    with connect(Warehouse(root)) as connection:
        return find_stale_runs(connection)


def run(root, *arguments):
    return CliRunner().invoke(app, [*arguments, "--warehouse", str(root)])


def test_results_are_stale_once_rows_of_a_table_change(root, store):
    assert stale(root) == []
    change(store, material(), material("m-2"))
    (found,) = stale(root)
    assert (found.run_id, found.changed, found.command) == ("abc", ("raw.materials",), COMMAND)


def test_a_later_version_with_equal_rows_makes_nothing_stale(root, store):
    change(store, material(), material("m-2"))
    change(store, material())
    assert store.version("materials") == 2
    assert stale(root) == []


def test_results_are_stale_once_a_view_behind_them_changes(root, store):
    of_marts = {"marts/more.sql": "-- One row.\nselect 1 as one   -- 1: one\n"}
    build(store, SQL | of_marts)
    assert stale(root) == []
    commented = SQL["staging/materials.sql"] + "-- A word.\n"
    build(store, SQL | {"staging/materials.sql": commented})
    assert [found.changed for found in stale(root)] == [("staging.materials",)]


def test_rows_behind_views_that_are_applied_to_others_do_not_count(root, store):
    def read(*views, applied=()):
        with connect(Warehouse(root)) as connection:
            return read_lineage(connection, *views, applied=applied)

    applied, plain = read(applied=["marts.counts"]), read("marts.counts")
    change(store, material("m-2"))
    assert read(applied=["marts.counts"]).tables == applied.tables
    assert (applied.views, applied.scopes) == (plain.views, {"raw.materials": "false"})
    both = read("staging.materials", applied=["marts.counts"])
    assert both.tables == read("marts.counts").tables != plain.tables


def test_check_and_build_name_the_command_that_mends_stale_results(root, store):
    change(store, material("m-2"))
    done = run(root, "check")
    assert done.exit_code == 0
    assert "the results of metals of toy are older than raw.materials; `" in done.stderr
    assert f"`{COMMAND}`" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "abc" not in done.stdout


def test_neighbours_are_what_reads_and_what_is_read(root):
    with connect(Warehouse(root)) as connection:
        near = find_neighbours(connection, "staging.materials")
    assert near.reads == ["raw.materials"]
    assert near.read_by == ["checks.ids", "marts.counts"]
    assert near.runs == ["abc (metals of toy)"]
    with connect(Warehouse(root)) as connection:
        assert find_neighbours(connection, "checks.ids").runs == []


def test_history_names_the_runs_that_read_a_version(root, store):
    change(store, material("m-2"))
    newest, oldest = json.loads(run(root, "history", "materials", "--json").stdout)
    assert (newest["version"], newest["runs"]) == (1, [])
    assert (oldest["version"], oldest["runs"]) == (0, ["abc"])
    assert run(root, "history", "materials").stdout.splitlines()[2].endswith("  abc")


@pytest.mark.parametrize(
    "arguments",
    [
        ["describe"],
        ["describe", "marts.counts"],
        ["history"],
        ["licences"],
        ["quarantine"],
        ["quarantine", "--rows", "1"],
        ["check"],
    ],
)
def test_json_is_all_that_is_printed(unchanged, arguments):
    done = run(unchanged, *arguments, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) is not None
    assert done.stderr == ""


def test_what_several_views_read_is_gathered_before_them():
    with duckdb.connect() as memory:
        memory.execute("create schema raw")
        memory.execute("create table raw.catalog_lineage (name varchar, reads varchar[])")
        rows = {
            "marts.a": ["features.twice", "features.once", "staging.b"],
            "features.once": ["features.twice", "staging.b"],
            "features.twice": ["staging.b"],
            "staging.b": ["raw.b"],
        }
        memory.executemany("insert into raw.catalog_lineage values (?, ?)", list(rows.items()))
        assert add_shared_views(memory, ["marts.a"]) == ["features.twice", "marts.a"]
        assert add_shared_views(memory, ["features.once"]) == ["features.once"]


def test_what_was_gathered_is_read_until_its_sources_change(store, tmp_path):
    make_warehouse(store)
    build(store)
    with connect(store.warehouse) as connection:
        known = describe_view(connection, "marts.counts"), list_views(connection)
    with gather(DuckEngine(store.warehouse)) as gathered:
        for _ in range(2):
            with gathered.connect(["marts.counts"]) as connection:
                assert (describe_view(connection, "marts.counts"), list_views(connection)) == known
                before = connection.sql("from marts.counts").fetchall()
                ((sql,),) = connection.sql(
                    "select sql from duckdb_views() where view_name = 'counts'"
                ).fetchall()
                assert "read_parquet" in sql
            assert len(list(gathered.folder.iterdir())) == 1
        store.insert("materials", materials(material("another")), provenance=PROVENANCE)
        build(store)
        with gathered.connect(["marts.counts"]) as connection:
            assert connection.sql("from marts.counts").fetchall() != before
