"""Structures mapped by Spark's workers are those mapped here, and what fails says so plainly."""

from functools import partial

import polars as pl
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.alloys.mapping.structure_mapping import MAPPED_COLUMNS, map_batch
from ingest.alloys.shipped import read_embedded_structures
from ingest.alloys.structures import ingest_structures
from tests.spark.session import needs_spark, session
from tests.support.alloys import AU_CU, FCC, PROVENANCE
from warehouse.crystals.executors import map_here
from warehouse.errors import WarehouseError
from warehouse.spark.mapping import map_on_spark
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

STRUCTURES = read_embedded_structures([AU_CU])
TABLES = ("alloy_structures", "lattice_mappings", "supercells", "quarantine")
NUMBERS = pa.table({"number": range(1000)})


def on_spark(*arguments, **options):
    return map_on_spark(session(), *arguments, **options)


def some_structures():
    """Pure elements, ordinary structures, strained ones, and two without a place on fcc."""
    few = STRUCTURES.filter(
        pl.col("structure_id").is_in(["1-0-0", "1-0-2", "2-1-1", "3-2-4", "4-6-1"])
    )
    strained = STRUCTURES.filter(pl.col("structure_id").is_in(["3-1-4", "6-2-50"]))
    silver = pl.Series([["Ag", "Cu"]])
    third = few.filter(structure_id="2-1-1").with_columns(structure_id=pl.lit("0"), symbols=silver)
    wide = pl.Series([[[0.0, 0.0, 9.0], [0.0, 2.0, 0.0], [2.0, 0.0, 0.0]]])
    other = few.filter(structure_id="1-0-0").with_columns(structure_id=pl.lit("7"), cell=wide)
    return pl.concat([few, strained, third, other])


@needs_spark
class TestRows:
    def test_a_warehouse_is_the_same_whoever_maps(self, tmp_path):
        stores = {}
        for name, executor in (("here", map_here), ("spark", on_spark)):
            stores[name] = Store(Warehouse(tmp_path / name))
            commits = ingest_structures(
                stores[name], some_structures(), provenance=PROVENANCE, executor=executor
            )
            assert commits[-1].n_quarantined == 2
        for table in TABLES:
            here, spark = (store.read(table) for store in stores.values())
            assert here.height > 0
            assert here.equals(spark), table
        flags = stores["spark"].read("lattice_mappings")["warnings"].explode()
        assert {"large_strain", "closer_to_bcc", "closer_to_hcp"} <= set(flags)
        again = ingest_structures(stores["spark"], some_structures(), provenance=PROVENANCE)
        assert not any(commit.is_new for commit in again)

    def test_rows_come_back_in_their_order_from_many_tasks(self):
        def square(batch):
            numbers = batch["number"].to_numpy()
            return pa.record_batch(
                {"square": numbers**2, "task_rows": [len(numbers)] * len(numbers)}
            )

        schema = pa.schema({"square": pa.int64(), "task_rows": pa.int64()})
        rows = pa.Table.from_batches(on_spark(square, NUMBERS, schema))
        assert rows["square"].to_pylist() == [number**2 for number in range(1000)]
        # Two cores, four tasks each.
        assert set(rows["task_rows"].to_pylist()) == {125}

    def test_progress_is_told_by_tasks(self):
        seen = []

        def track(items, description):
            seen.append((description, len(items)))
            return items

        schema = NUMBERS.schema
        rows = on_spark(lambda batch: batch, NUMBERS, schema, track=track, description="work")
        assert pa.Table.from_batches(rows).equals(NUMBERS)
        assert seen == [("work", 8)]


@needs_spark
class TestErrors:
    def test_a_bug_names_the_structure(self):
        rows = some_structures().select(MAPPED_COLUMNS).head(1).drop("positions")
        function = partial(map_batch, alloy=AU_CU, parent=FCC, lattice_parameter=4.0)
        with pytest.raises(WarehouseError) as caught:
            list(on_spark(function, rows.to_arrow(), NUMBERS.schema))
        assert caught.value.message == (
            "a worker of Spark failed: KeyError: 'positions'; while 1-0-0 of au-cu was mapped"
        )
        assert "nothing was written" in caught.value.hint

    def test_a_worker_without_a_package_is_told_what_to_install(self):
        def needy(batch):
            import no_such_package  # noqa: F401

            return batch

        with pytest.raises(
            WarehouseError, match=r"lacks .*: No module named 'no_such_pack"
        ) as caught:
            list(on_spark(needy, NUMBERS, NUMBERS.schema))
        assert "icet included" in caught.value.hint

    def test_nothing_of_an_alloy_is_written_if_a_worker_fails(self, tmp_path):
        def broken(function, rows, *others, **options):
            return on_spark(function, rows.drop(["positions"]), *others, **options)

        store = Store(Warehouse(tmp_path))
        with pytest.raises(WarehouseError, match="a worker of Spark failed"):
            ingest_structures(store, some_structures(), provenance=PROVENANCE, executor=broken)
        assert [table for table in TABLES if store.version(table) is not None] == []


def test_a_bug_here_keeps_its_traceback_and_names_the_structure():
    rows = some_structures().select(MAPPED_COLUMNS).head(1).drop("positions")
    function = partial(map_batch, alloy=AU_CU, parent=FCC, lattice_parameter=4.0)
    with pytest.raises(KeyError) as caught:
        list(map_here(function, rows.to_arrow(), NUMBERS.schema))
    assert caught.value.__notes__ == ["while 1-0-0 of au-cu was mapped"]


def test_options_of_spark_need_spark(tmp_path):
    options = ["--spark-master", "local[2]", "--warehouse", str(tmp_path)]
    assert CliRunner().invoke(app, ["alloys", *options]).exit_code == 2
