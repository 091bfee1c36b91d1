"""Runs are listed, compared, and made again from the tables as they were."""

import json
import shutil

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from tests.analysis.conftest import SPACE
from warehouse.catalog.build import build_catalog
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

FIT = ("cluster-expansion", "--cluster-space", SPACE, "--splits", "size_5_to_6")


@pytest.fixture(scope="module")
def root(unfitted, tmp_path_factory):
    """Two runs: an energy was changed between them."""
    folder = tmp_path_factory.mktemp("lineage") / "warehouse"
    results = ("models", "metrics", "predictions", "model_parameters", "curves", "parameter_*")
    shutil.copytree(unfitted, folder, ignore=shutil.ignore_patterns(*results))
    store = Store(Warehouse(folder))
    build_catalog(store)
    analyse(folder, *FIT, "--methods", "ridge")
    lowered = pl.when(structure_id="2-1-1").then(pl.col("total_energy") - 0.5)
    rows = store.read("alloy_structures").with_columns(
        lowered.otherwise("total_energy").alias("total_energy")
    )
    store.replace("alloy_structures", rows, provenance=Provenance("test", "1"))
    build_catalog(store)
    analyse(folder, *FIT, "--methods", "ridge,least_squares")
    return folder


def analyse(root, *arguments, code=0):
    done = CliRunner().invoke(app, [*arguments, "--warehouse", str(root)])
    assert done.exit_code == code, done.output
    return done


def list_ids(root):
    """Ids of the newest run and the one before it."""
    return [run["run_id"] for run in json.loads(analyse(root, "runs", "--json").stdout)]


def test_runs_lists_the_older_run_too(root):
    newest, oldest = json.loads(analyse(root, "runs", "--json").stdout)
    assert (newest["is_newest"], oldest["is_newest"]) == (True, False)
    assert newest["selected"] in ("ridge", "least_squares")
    assert (oldest["selected"], oldest["metric"], oldest["n"]) == ("ridge", "rmse", 109)
    lines = analyse(root, "runs").stdout.splitlines()
    assert lines[1].startswith(f"* {newest['run_id']}")
    assert lines[2].startswith(f"  {oldest['run_id']}")


def test_a_lattice_that_no_structure_of_the_alloy_is_on_changes_no_run(root):
    store = Store(Warehouse(root))
    other = store.read("parent_lattices").head(1).with_columns(parent_lattice=pl.lit("cp1_0"))
    store.insert("parent_lattices", other, provenance=Provenance("test", "1"))
    build_catalog(store)
    again = analyse(root, *FIT, "--methods", "ridge,least_squares")
    assert "unchanged since run" in again.stdout


def test_compare_names_the_inputs_that_differ_and_the_scores_that_moved(root):
    newest, oldest = list_ids(root)
    lines = analyse(root, "compare", oldest, newest).stdout.splitlines()
    assert lines[:3] == [
        "inputs that differ: 2",
        "  setting methods: ['ridge'] → ['ridge', 'least_squares']",
        "  table raw.alloy_structures: its rows differ",
    ]
    (moved,) = [line for line in lines if line.split()[:3] == ["ridge", "training_10_fold", "rmse"]]
    assert "±" in moved
    assert "(n = 109)" in moved
    found = json.loads(analyse(root, "compare", oldest, newest, "--json").stdout)
    assert {change["name"] for change in found["inputs"]} == {"methods", "raw.alloy_structures"}
    new = [row for row in found["metrics"] if row["model"] == "least_squares"]
    assert new
    assert all(row["first"] is None and row["difference"] is None for row in new)


@pytest.mark.parametrize("name", ["Cu-Au", "au-Cu"])
def test_an_alloy_is_known_by_any_spelling(root, name):
    newest, _ = list_ids(root)
    done = analyse(root, *FIT, "--methods", "ridge,least_squares", "--alloy", name)
    assert done.stdout == f"cluster_expansion of au-cu: unchanged since run {newest}\n"


def test_a_run_is_equal_to_itself(root):
    newest, _ = list_ids(root)
    lines = analyse(root, "compare", newest, newest).stdout.splitlines()
    assert lines[0] == "all inputs are equal"
    assert lines[-1].endswith("scores are equal")
    assert len(lines) == 2


def test_an_older_run_comes_again_from_the_tables_of_its_time(root):
    _, oldest = list_ids(root)
    lines = analyse(root, "reproduce", oldest[:7]).stdout.splitlines()
    assert lines[1].startswith("inputs: all ")
    assert lines[-1] == "equal, to the last digit"


def test_what_changed_since_is_named_and_a_result_that_differs_is_an_error(root, monkeypatch):
    newest, _ = list_ids(root)
    monkeypatch.setattr("analysis.runs.run.digest_code", lambda *paths: "other")
    told = analyse(root, "reproduce", newest, "--inputs-only").stdout.splitlines()
    assert told[1].startswith("1 of ")
    assert told[2] == "  code analysis: it differs"
    monkeypatch.setattr("analysis.cluster_expansion.fits.split_inside", shift_folds)
    done = analyse(root, "reproduce", newest, code=1)
    assert "largest difference" in done.stdout
    assert f"run {newest} does not come again" in done.stderr


def shift_folds(samples, train, seed):
    from analysis.cluster_expansion.splits import split_inside

    return split_inside(samples, train, seed + 1)


def test_an_unknown_run_is_told_the_near_ones(root):
    newest, _ = list_ids(root)
    typo = ("0" if newest[0] != "0" else "1") + newest[1:]
    assert newest in analyse(root, "reproduce", typo, code=1).stderr
    assert "`python -m analysis runs`" in analyse(root, "compare", "?", newest, code=1).stderr


def test_a_run_whose_tables_were_vacuumed_says_so(root, tmp_path):
    shutil.copytree(root, tmp_path / "copy")
    store = Store(Warehouse(tmp_path / "copy"))
    build_catalog(store)
    kept = set(store.files("alloy_structures"))
    for file in store.path("alloy_structures").glob("*.parquet"):
        if file not in kept:
            file.unlink()
    _, oldest = list_ids(store.warehouse.root)
    done = analyse(store.warehouse.root, "reproduce", oldest, code=1)
    assert "alloy_structures are gone: they were vacuumed" in done.stderr


def test_an_older_run_shows_again_and_the_newer_one_is_not_fitted_anew(root, tmp_path):
    shutil.copytree(root, tmp_path / "copy")
    store = Store(Warehouse(tmp_path / "copy"))
    build_catalog(store)
    newest, oldest = list_ids(store.warehouse)
    kept = store.read("predictions")
    analyse(store.warehouse, "use", oldest[:8])
    assert set(store.read("models")["model"]) == {"nested_choice", "ridge"}
    assert list_ids(store.warehouse) == [newest, oldest]
    shown = json.loads(analyse(store.warehouse, "runs", "--json").stdout)
    assert [run["is_newest"] for run in shown] == [False, True]
    assert shown[1]["with"] == f"{SPACE}, --methods ridge --splits size_5_to_6"
    done = analyse(store.warehouse, *FIT, "--methods", "ridge,least_squares")
    assert f"shown again from run {newest}" in done.stdout
    assert store.read("predictions").equals(kept)
