"""Spark answers as DuckDB does, and says in two lines why it cannot."""

import json
import socket
import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from tests.spark.session import (
    SETTINGS,
    compare_views,
    differences,
    local_engine,
    needs_spark,
    rows_of_views,
    small_warehouse,
    views_with_every_construct,
)
from tests.support.samples import PROVENANCE, make_warehouse, material, materials
from warehouse.__main__ import app
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.query import write_answer
from warehouse.catalog.views import load_views
from warehouse.engines import DuckEngine, materialise
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR, SQL_DIR
from warehouse.spark.session import start_spark
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CHAIN = (
    "select structure_id, decoration_id, cluster_vector, formation_energy_per_atom, random_folds "
    "from cluster_expansion_training order by decoration_id desc, structure_id"
)
"""A query that needs a dozen views, each made from those before it."""


@pytest.fixture(scope="module")
def root():
    return small_warehouse()


@pytest.fixture(scope="module")
def spark(root):
    """One engine for all tests: a view that one of them made need not be made again."""
    return local_engine(Warehouse(root))


def run(*arguments, **environment):
    return CliRunner().invoke(app, list(map(str, arguments)), env=environment)


def test_products_of_lists_can_be_counted_without_their_columns(root):
    """Where no column is asked, DuckDB joins and guards what a list has in another order."""
    views = load_views(SQL_DIR)
    multiply = {view.name for view in views if "list_inner_product" in view.sql}
    asked = multiply | {view.name for view in views if view.reads & multiply}
    with connect(Warehouse(root)) as connection:
        for name in asked:
            connection.sql(f"select count(*) from {name}").fetchall()


def test_every_view_but_a_check_has_rows_to_compare():
    empty = {name for name, rows in rows_of_views().items() if not rows.num_rows}
    assert {name for name in empty if not name.startswith("checks.")} == set()


@needs_spark
class TestRows:
    def test_views_with_every_construct_have_the_rows_that_duckdb_gives(self, root):
        names = views_with_every_construct()
        assert 10 < len(names) < len(load_views(SQL_DIR))
        found = dict(compare_views(local_engine(Warehouse(root)), names))
        assert found.keys() == names
        assert {name: different for name, different in found.items() if different} == {}

    @pytest.mark.cluster
    def test_every_view_has_the_rows_that_duckdb_gives(self, root):
        found = dict(compare_views(local_engine(Warehouse(root))))
        assert found.keys() == {view.name for view in load_views(SQL_DIR)}
        assert {name: different for name, different in found.items() if different} == {}

    def test_a_query_keeps_its_order_through_views_that_read_views(self, root, spark):
        rows = pa.Table.from_batches(spark.batches(CHAIN))
        with connect(Warehouse(root)) as connection:
            assert not differences(connection.sql(CHAIN).to_arrow_table(), rows)
        names = rows["decoration_id"].to_pylist()
        assert names == sorted(names, reverse=True)
        assert len(set(names)) > 1

    def test_rows_that_make_hundreds_are_computed_once_and_handed_to_all_cores(self, spark):
        plan = spark.frame("from features.cluster_correlations")._jdf.queryExecution()
        before, _, after = plan.optimizedPlan().toString().partition("RepartitionByExpression")
        assert "bit_count" in after
        assert "bit_count" not in before

    def test_a_column_that_is_younger_than_a_file_is_null(self, tmp_path):
        store = Store(Warehouse(tmp_path / "data"))
        folder = store.path("orbits")
        columns = "'s' as cluster_space_id, 0 as orbit_index, 1 as multiplicity"
        write_deltalake(folder, duckdb.sql(f"select {columns}").to_arrow_table())
        build_catalog(store)
        rows = pa.Table.from_batches(local_engine(store.warehouse).batches("from staging.orbits"))
        assert rows.to_pylist()[0]["radius"] is None
        assert rows.to_pylist()[0]["multiplicity"] == 1

    def test_a_version_that_the_catalog_has_not_seen_is_not_read(self, tmp_path):
        store = make_warehouse(Store(Warehouse(tmp_path / "data")), material("m-1"))
        build_catalog(store)
        store.replace("materials", materials(material("m-2")), provenance=PROVENANCE)
        rows = pa.Table.from_batches(
            local_engine(store.warehouse).batches("from staging.materials")
        )
        assert rows["material_id"].to_pylist() == ["m-1"]

    @pytest.mark.parametrize("file_format", ["csv", "json"])
    def test_files_are_those_of_duckdb(self, root, spark, tmp_path, file_format):
        sql = "select *, value > 0.1 as high from curves order by setting"
        write_answer(Warehouse(root), sql, file_format, tmp_path / "duckdb")
        write_answer(Warehouse(root), sql, file_format, tmp_path / "spark", copy=spark.copy)
        assert (tmp_path / "spark").read_text() == (tmp_path / "duckdb").read_text()


@needs_spark
class TestMaterialise:
    def test_both_engines_write_the_same_rows(self, root, spark, tmp_path):
        written = []
        for engine, name in ((DuckEngine(Warehouse(root)), "duckdb"), (spark, "spark")):
            n_rows = materialise(engine, "features.magpie_means", tmp_path / name)
            rows = duckdb.read_parquet(f"{tmp_path / name}/*.parquet").to_arrow_table()
            assert rows.num_rows == n_rows > 0
            written.append(rows)
        assert not differences(*written)

    def test_what_fails_leaves_the_old_files(self, root, spark, tmp_path):
        materialise(spark, "marts.curves", tmp_path / "rows")
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(WarehouseError, match="does not exist"):
            materialise(spark, "marts.nothing", tmp_path / "rows")
        assert sorted(tmp_path.rglob("*")) == before

    def test_a_folder_with_other_files_is_left_alone(self, root, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(WarehouseError, match="did not write"):
            materialise(DuckEngine(Warehouse(root)), "marts.curves", tmp_path)
        assert (tmp_path / "notes.txt").read_text() == "mine"


@needs_spark
class TestRefusals:
    @pytest.mark.parametrize(
        ("sql", "message"),
        [
            ("selct 1", "syntax error"),
            ("select nothing from marts.metrics", "nothing"),
            ("delete from raw.models", "queries only read"),
            ("copy (select 1) to 'x.csv'", "queries only read"),
            ("from raw.catalog_lineage", "DuckDB's catalog alone"),
            ("describe marts.metrics", "no query that Spark answers"),
            ("select list_cosine_similarity([1.0], [1.0])", "Spark does not take the query"),
        ],
    )
    def test_a_query_is_refused_in_plain_words(self, spark, sql, message):
        with pytest.raises(WarehouseError, match=message):
            list(spark.batches(sql))

    def test_a_query_that_fails_while_it_runs_says_why(self, spark):
        with pytest.raises(WarehouseError, match=r"Spark gave up: .*'x\d' .* cannot be cast"):
            list(spark.batches("select cast('x' || orbit_index as bigint) from staging.orbits"))

    def test_a_catalog_older_than_its_files_is_not_mixed_with_them(self, root):
        spark = local_engine(Warehouse(root))
        spark._lineage["staging.orbits"] = "another"
        with pytest.raises(WarehouseError, match="older than"):
            list(spark.batches("from staging.orbits"))


class TestStart:
    """What a user sees who lacks something; nothing here needs Java."""

    def test_nonsense_is_refused_before_spark_starts(self, root):
        done = run("query", "selct 1", "--engine", "spark", "--warehouse", root, JAVA_HOME="/none")
        assert done.exit_code == 1
        assert "syntax error" in done.stderr

    def test_no_java(self, root):
        pytest.importorskip("pyspark")
        done = run("query", "select 1", "--engine", "spark", "--warehouse", root, JAVA_HOME="/none")
        assert done.exit_code == 1
        assert done.stderr.splitlines()[0] == (
            "Error: the engine spark needs Java; there is none in /none/bin (JAVA_HOME)"
        )
        assert len(done.stderr.splitlines()) == 2

    def test_an_old_java(self, root, tmp_path, monkeypatch):
        pytest.importorskip("pyspark")
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
        java.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        with pytest.raises(WarehouseError, match=r'17 or newer; .* says openjdk version "11'):
            start_spark("local[1]", {})

    def test_no_pyspark(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyspark.errors", None)
        with pytest.raises(WarehouseError, match="not installed"):
            start_spark("local[1]", {})

    @needs_spark
    def test_an_unreachable_master(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            with pytest.raises(WarehouseError, match="no Spark master answers"):
                start_spark(f"spark://127.0.0.1:{port}", {})

    @needs_spark
    @pytest.mark.parametrize("setting", ["memory=8g", "spark.driver.memory", "park.a=1"])
    def test_what_is_no_setting(self, root, setting):
        done = run(
            "query", "select 1", "--engine", "spark", "--spark-conf", setting, "--warehouse", root
        )
        assert done.exit_code == 1
        assert setting.partition("=")[0] in done.stderr
        assert len(done.stderr.splitlines()) == 2

    def test_options_of_spark_need_spark(self, root):
        done = run("query", "select 1", "--spark-master", "local[2]", "--warehouse", root)
        assert done.exit_code == 2


@needs_spark
def test_the_command_prints_rows_and_nothing_else(root):
    settings = [f"--spark-conf={key}={value}" for key, value in SETTINGS.items()]
    options = ["--engine", "spark", "--spark-master", "local[2]", *settings, "--warehouse", root]
    sql = "select curve, count(*) as n from marts.curves group by curve"
    done = subprocess.run(
        [sys.executable, "-m", "warehouse", "query", sql, "--format", "json", *options],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [{"curve": "learning", "n": 3}]
