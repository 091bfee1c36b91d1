"""Both engines give the rows of a folder when the same tables are in a bucket."""

import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from tests.spark.cluster import Cluster
from tests.spark.session import differences, local_engine, needs_spark, small_warehouse
from tests.spark.test_engine import CHAIN
from tests.support.buckets import SECRET, copy_tables, environment
from tests.support.materials_project.s3 import s3
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.engines import DuckEngine, materialise
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR
from warehouse.storage import bucket
from warehouse.storage.files import let_duckdb_read
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES

ADDRESS = "s3://lake/house"
MEANS = (
    "select material_id, source, mean_electronegativity from features.magpie_means "
    "order by material_id desc, source"
)
"""A query through views of two tables: more of them would be no more of the bucket."""
VIEWS = "select view_name, sql from duckdb_views() where schema_name <> 'raw' order by all"
CLUSTER = {
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
}


@pytest.fixture(scope="module")
def root():
    """The folder that all is compared with."""
    return small_warehouse()


@pytest.fixture(scope="module")
def remote(root, tmp_path_factory):
    """The same warehouse in a bucket."""
    with s3() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(server, tmp_path_factory.mktemp("machine")).items():
            patch.setenv(name, value)
        copy_tables(root, ADDRESS)
        warehouse = Warehouse.at(ADDRESS)
        build_catalog(Store(warehouse))
        yield warehouse


def rows_of(root, sql):
    with connect(Warehouse(root)) as connection:
        return connection.sql(sql).to_arrow_table()


def test_the_catalog_has_the_rows_of_a_folder(root, remote):
    """Every table's, and so every view's; one that reads a dozen others stands for all."""
    with connect(Warehouse(root)) as ours, connect(remote) as theirs:
        assert ours.sql(VIEWS).fetchall() == theirs.sql(VIEWS).fetchall() != []
        for sql in (*(f"from raw.{table}" for table in TABLES), CHAIN):
            rows = [c.sql(sql).to_arrow_table() for c in (ours, theirs)]
            assert (sql, differences(*rows)) == (sql, [])


@needs_spark
class TestSpark:
    @pytest.mark.parametrize("table", ["materials", "lattice_mappings", "supercell_masks"])
    def test_a_table_has_the_rows_that_duckdb_gives(self, root, remote, table):
        theirs = local_engine(remote).first(f"from raw.{table}", 1_000_000)
        assert not differences(rows_of(root, f"from raw.{table}"), theirs)

    def test_a_query_keeps_its_order_through_views_that_read_views(self, root, remote):
        rows = pa.Table.from_batches(local_engine(remote).batches(MEANS))
        assert not differences(rows_of(root, MEANS), rows)
        names = rows["material_id"].to_pylist()
        assert names == sorted(names, reverse=True)
        assert len(set(names)) > 1

    def test_both_engines_write_the_same_objects_in_place_of_older_ones(self, root, remote):
        folder = remote.folder("materialised") / "rows"
        wanted = rows_of(root, "from features.magpie_means")
        for engine in (DuckEngine(remote), local_engine(remote)):
            assert materialise(engine, "features.magpie_means", folder) == wanted.num_rows
            with duckdb.connect() as connection:
                let_duckdb_read(connection, folder)
                held = connection.sql(f"from '{folder}/*.parquet'").to_arrow_table()
            assert not differences(wanted, held)
        before = bucket.list_objects(folder)
        with pytest.raises(WarehouseError, match="does not exist"):
            materialise(engine, "marts.nothing", folder)
        assert bucket.list_objects(folder) == before

    def test_a_view_without_rows_is_an_object_too(self, remote):
        folder = remote.folder("materialised") / "none"
        assert materialise(local_engine(remote), "checks.metal_label_columns", folder) == 0
        (file,) = (file for file in bucket.list_objects(folder) if file.suffix == ".parquet")
        assert pa.parquet.read_schema(file.open("rb")).names

    def test_an_object_that_is_gone_is_told_in_two_lines(self, remote):
        store = Store(remote)
        spark = local_engine(remote)
        rows = spark.frame("from raw.elements")
        (file,) = store.files("elements")
        data = file.read_bytes()
        file.unlink()
        try:
            with pytest.raises(WarehouseError, match="elements") as error:
                spark.first("from raw.elements", 1)
        finally:
            with bucket.ObjectStore().open(str(file), "wb") as again:
                again.write(data)
        assert rows.count() == 112
        assert SECRET not in str(error.value)
        assert "\n" not in error.value.message

    @pytest.mark.cluster
    def test_a_cluster_writes_its_answer_by_way_of_the_bucket(self, root, remote, tmp_path):
        sql = "select source, count(*) as n from staging.materials group by source order by source"
        with Cluster(tmp_path) as cluster:
            settings = [f"--spark-conf={key}={value}" for key, value in CLUSTER.items()]
            options = ["--engine", "spark", "--spark-master", cluster.url, *settings]
            command = [sys.executable, "-m", "warehouse", "query", sql, "--format", "parquet"]
            subprocess.run(
                [*command, "--output", tmp_path / "a.parquet", *options, "--warehouse", ADDRESS],
                cwd=PROJECT_DIR,
                check=True,
                timeout=200,
            )
        assert not differences(
            rows_of(root, sql), duckdb.read_parquet(str(tmp_path / "a.parquet")).to_arrow_table()
        )
        assert bucket.list_objects(remote.folder("answers")) == {}
