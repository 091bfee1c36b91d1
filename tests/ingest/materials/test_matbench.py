"""Matbench's materials and folds reach their tables, and what cannot is quarantined."""

import json

import polars as pl
import pytest

from ingest.materials import matbench
from ingest.materials.matbench import (
    SOURCES,
    ingest_benchmark_folds,
    ingest_materials,
    shape_materials,
)
from tests.support.materials import new_store

CALCULATED, MEASURED = SOURCES


def published(*formulas: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "material_id": [f"id-{index}" for index in range(len(formulas))],
            "formula": formulas,
            "is_metal": [False] * len(formulas),
        }
    )


def test_a_calculated_formula_lists_the_sites_of_the_cell():
    rows, rejected = shape_materials(published("K4Mn4O8", "Cr3Ni1"), CALCULATED)
    assert rows["nsites"].to_list() == [16, 4]
    assert rows["license"].unique().to_list() == ["CC-BY-4.0"]
    assert rejected.height == 0


def test_a_measured_formula_says_nothing_of_the_cell():
    rows, _ = shape_materials(published("Ag(AuS)2"), MEASURED)
    assert rows["nsites"].to_list() == [None]


def test_what_the_source_lacks_is_null():
    rows, _ = shape_materials(published("NaCl"), CALCULATED)
    assert rows.select("band_gap", "formation_energy_per_atom").row(0) == (None, None)


def test_an_unreadable_formula_is_rejected_with_its_row():
    rows, rejected = shape_materials(published("NaCl", "Qz2O3"), CALCULATED)
    assert rows["formula"].to_list() == ["NaCl"]
    row = rejected.row(0, named=True)
    assert row["reason"] == "no element has the symbol Qz"
    assert json.loads(row["row"]) == {
        "material_id": "id-1",
        "formula": "Qz2O3",
        "is_metal": False,
        "source": "matbench_mp",
        "license": "CC-BY-4.0",
    }


@pytest.fixture
def small_files(tmp_path, monkeypatch):
    published("NaCl", "quartz", "Si2").write_parquet(tmp_path / "matbench_mp.parquet")
    published("Ag(AuS)2").write_parquet(tmp_path / "matbench_expt.parquet")
    monkeypatch.setattr(matbench, "EMBEDDED", tmp_path)


@pytest.mark.usefixtures("small_files")
def test_the_rest_is_kept_when_a_row_is_quarantined():
    store = new_store()
    calculated, measured = ingest_materials(store)
    assert (calculated.n_rows, calculated.n_quarantined) == (2, 1)
    assert (measured.n_rows, measured.n_quarantined) == (1, 0)
    assert store.read("materials")["formula"].to_list() == ["Ag(AuS)2", "NaCl", "Si2"]
    assert store.read("quarantine")["reason"].to_list() == ["'quartz' is not a chemical formula"]


@pytest.mark.usefixtures("small_files")
def test_a_second_ingest_changes_nothing():
    store = new_store()
    ingest_materials(store)
    assert not any(commit.is_new for commit in ingest_materials(store))


def test_the_shipped_data_are_complete_and_cited():
    store = new_store()
    commits = [*ingest_materials(store), *ingest_benchmark_folds(store)]
    assert [commit.n_rows for commit in commits] == [106_113, 4_921, 376_477]
    assert not any(commit.n_quarantined for commit in commits)
    for table in ("materials", "benchmark_folds", "elements"):
        for version in store.history(table):
            assert version.provenance["source_version"]
            assert "10." in str(version.provenance["parameters"])
