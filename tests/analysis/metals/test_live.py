"""The last rung, on live rows. Their formulas are real; their structures and energies are invented
here, so that one of them gives the label away and the others say nothing."""

import numpy as np
import polars as pl
import pytest

from analysis.datasets import read_rows
from analysis.metals.benchmarks import Benchmark
from analysis.metals.data import read_materials
from analysis.metals.figures.ladder import read_live_steps
from analysis.metals.inquiries.structure_ladder import STRUCTURE_RUNGS, count_live
from analysis.metals.settings import MetalsSettings
from analysis.pages.page import PAGES, find_shown_run
from analysis.report.report import write_metals_page
from analysis.runs.saving import save_results
from analysis.studies import plan_run, read_fit
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.progress import untracked
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

N_ROWS = 400


@pytest.fixture(scope="module")
def live(unfitted, tmp_path_factory):
    """A warehouse with live rows, and the study of them."""
    everything = Store(Warehouse(unfitted))
    store = Store(Warehouse(tmp_path_factory.mktemp("live")))
    rng = np.random.default_rng(0)
    rows = everything.read("materials").filter(source="matbench_mp").head(N_ROWS)
    invented = rows.with_columns(
        source=pl.lit("materials_project"),
        density_atomic=pl.when("is_metal").then(12.0).otherwise(20.0),
        formation_energy_per_atom=pl.lit(-0.5),
        energy_above_hull=pl.Series(rng.integers(0, 2, N_ROWS) / 10),
        is_magnetic=pl.lit(False),
        ordering=pl.lit("NM"),
    )
    store.replace("materials", invented, provenance=Provenance("test", "1"))
    for table in ("elements", "benchmark_folds"):
        store.replace(table, everything.read(table), provenance=Provenance("test", "1"))
    build_catalog(store)
    fit_and_save(store)
    return store.warehouse.root


def fit_and_save(store):
    with connect(store.warehouse) as connection:
        run = plan_run(connection, "metals", Benchmark.LIVE, MetalsSettings())
        fit = read_fit(connection, run)
    return save_results(store, run, fit(untracked))


def test_another_fit_gives_the_same_results_and_to_save_them_makes_no_new_version(live):
    assert not any(commit.is_new for commit in fit_and_save(Store(Warehouse(live))))


def test_the_rung_that_gives_the_label_away_is_found_and_the_others_gain_little(live):
    with connect(Warehouse(live)) as connection:
        assert count_live(connection) == N_ROWS
        steps = {step.rung: step for step in read_live_steps(connection)}
    assert list(steps) == list(STRUCTURE_RUNGS)
    assert steps["geometry"].means["balanced_accuracy"] > 0.98
    assert steps["geometry"].gain > 5 * steps["geometry"].error > 0
    assert abs(steps["stability"].gain) < 0.02
    assert abs(steps["magnetism"].gain) < 0.02


def test_each_rung_has_the_same_rows_and_folds(live):
    with connect(Warehouse(live)) as connection:
        rows = read_rows(
            connection,
            "select model, setting as fold, n from marts.curves "
            "where curve = 'structure' and metric = 'brier' order by all",
        )
    parts = [part.drop("model") for part in rows.partition_by("model")]
    assert len(parts) == len(STRUCTURE_RUNGS)
    assert parts[0]["n"].sum() == N_ROWS
    assert all(part.equals(parts[0]) for part in parts)


def test_the_product_is_kept_and_sees_no_structure(live):
    with connect(Warehouse(live)) as connection:
        features = read_rows(
            connection,
            f"select feature from staging.model_parameters where dataset = '{Benchmark.LIVE}'",
        )
        scores = read_rows(
            connection, f"from marts.metal_scores where dataset = '{Benchmark.LIVE}'"
        )
    assert not features["feature"].str.contains("Å³|hull|magnetic").any()
    assert scores.height == N_ROWS


def test_without_results_of_a_benchmark_the_page_says_what_to_run(live, tmp_path):
    with (
        connect(Warehouse(live)) as connection,
        pytest.raises(WarehouseError, match="no classifier") as caught,
    ):
        write_metals_page(
            connection, tmp_path, find_shown_run(connection, "metals", Benchmark.LIVE), tuple(PAGES)
        )
    assert "python -m analysis metals" in caught.value.hint


def test_matbench_materials_have_no_structure(both_sets):
    assert set(both_sets).isdisjoint({"geometry", "stability", "magnetism"})


@pytest.fixture
def both_sets(unfitted):
    with connect(Warehouse(unfitted)) as connection:
        (materials,) = read_materials(connection, Benchmark.CALCULATED)
    return materials.data.sets
