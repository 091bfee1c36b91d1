"""A whole study of a property, from the command to the page."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.properties.page import write_properties_page
from ingest.materials.elements import ingest_elements
from ingest.materials.matbench import shape_materials
from ingest.materials.properties import PROPERTY_SOURCES
from tests.analysis.properties.test_data import FORMULAS
from tests.support.materials import PROVENANCE
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

ASK = ("property", "band_gap", "--dataset", "oqmd")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """Binaries whose gap is that of their chlorine, fitted by the command."""
    store = Store(Warehouse(tmp_path_factory.mktemp("property")))
    ingest_elements(store)
    published = pl.DataFrame({"material_id": FORMULAS, "formula": FORMULAS}).with_columns(
        band_gap=pl.col("formula").str.ends_with("Cl").cast(pl.Float64)
    )
    rows, _ = shape_materials(published, PROPERTY_SOURCES[0])
    store.replace("materials", rows, scope={"source": "oqmd"}, provenance=PROVENANCE)
    build_catalog(store)
    done = run(store.warehouse, *ASK)
    assert done.exit_code == 0, done.output
    assert "* huber               formula_groups" in done.stdout
    return store.warehouse


def run(warehouse, *words):
    return CliRunner().invoke(app, [*words, "--warehouse", str(warehouse)])


def test_scores_name_unit_split_and_count(warehouse):
    with connect(warehouse) as connection:
        scores = connection.sql(
            "select model, split, value, unit, n from marts.metrics "
            "where study = 'property' and metric = 'mae'"
        ).pl()
    assert set(scores["unit"]) == {"eV"}
    ours, median = (
        scores.filter(model=name, split="formula_groups") for name in ("huber", "median")
    )
    assert ours["n"].item() == len(FORMULAS)
    assert ours["value"].item() < 0.05 < median["value"].item()


def test_the_same_command_fits_nothing_again(warehouse):
    assert "unchanged since run" in run(warehouse, *ASK).stdout


def test_formulas_are_answered(warehouse):
    done = run(warehouse, *ASK, "--predict", "MgCl2", "Foo", "--json")
    salt, other = json.loads(done.stdout)
    assert salt["prediction"] == pytest.approx(1, abs=0.3)
    assert (salt["unit"], salt["column"]) == ("eV", "band_gap")
    assert other["prediction"] is None
    assert done.exit_code == 1


def test_the_page_shows_what_was_fitted(warehouse, tmp_path):
    with connect(warehouse) as connection:
        text = write_properties_page(connection, tmp_path).read_text(encoding="utf-8")
    assert "Band gap of oqmd.band_gap" in text
    assert "mean absolute error" in text
    assert "version" in text


@pytest.mark.parametrize(
    "words",
    [
        ("property", "band_gap"),
        ("property", "select 1", "--dataset", "oqmd"),
        ("property", "nsites", "--dataset", "matbench_mp_gap"),
        (*ASK, "--sets", "spins"),
        (*ASK, "--predict"),
        (*ASK, "--json"),
        (*ASK, "--name", "gap"),
        ("property", "select 1", "--name", "matbench_mp_gap"),
    ],
)
def test_wrong_usage_is_told(warehouse, words):
    assert run(warehouse, *words).exit_code == 2


def test_a_model_of_own_columns_answers_no_formula(warehouse):
    sql = "select formula, band_gap, length(formula) + 0.0 as size from staging.materials"
    fit = ("property", sql, "--name", "sized", "--sets", "fractions,own")
    assert run(warehouse, *fit).exit_code == 0
    done = run(warehouse, *fit, "--predict", "MgCl2")
    assert "reads size, which a formula does not tell" in " ".join(done.stderr.split())
    with connect(warehouse) as connection:
        rungs = connection.sql(
            "select distinct series from marts.curves where dataset = 'sized' and curve = 'ladder'"
        ).pl()
    assert set(rungs["series"]) == {"element fractions", "+ your own columns"}


def test_what_the_data_are_decides_the_run(warehouse):
    done = run(warehouse, "property", "band_gap", "--dataset", "oqmd_is_metal")
    assert "there are no rows of oqmd_is_metal" in done.stderr
