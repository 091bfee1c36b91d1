"""What SQL says of formulas by the batch is what the model says of each by itself."""

import json

import numpy as np
import polars as pl
import pytest
from pyarrow.parquet import ParquetFile

from analysis.datasets import read_rows
from analysis.descriptors import MAGPIE, describe_formulas, open_views, parse_asked, shape_asked
from analysis.properties.answering import screening
from analysis.properties.prediction import FittedClassification, FittedRegression
from ingest.materials.elements import ingest_elements
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.conventions.formulas import parse_formulas
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse
from warehouse.tables import TABLES

FORMULAS = ["Cu3Au", "GaN", "K4Mn4O8", "K4Mn4O9", "Fe", "Ag0.5GePb1.75S4", "Ca(OH)2", "GaN"]
NEW = ["TiC", "Nonsense", None, "Og2", "Na1e40Cl"]
NUMBER = {
    "column": "gap", "unit": "eV", "lowest": 0.0, "own": [],
    "interval": {"edges": [0.5, 2.0], "widths": [0.1, 0.25, 1e-5], "overall": 0.2},
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """Elements and no materials: formulas come from the query alone."""
    store = Store(Warehouse(tmp_path_factory.mktemp("screening")))
    ingest_elements(store)
    build_catalog(store)
    return store.warehouse


@pytest.fixture(scope="module")
def elements(warehouse):
    with connect(warehouse) as connection:
        return read_rows(connection, "from staging.elements")


@pytest.fixture(scope="module")
def names(elements):
    """Descriptors of FORMULAS, of their cells too, and Magpie's."""
    asked = pl.DataFrame({"key": FORMULAS}).unique()
    asked = asked.with_columns(parse_formulas(asked["key"])["composition"])
    described = describe_formulas(asked, elements, (MAGPIE,))
    return [*described.descriptors["descriptor"].unique().sort(), *described.more[0].columns[2:]]


def draw_weights(names, labels):
    """Weights at random: small ones of Magpie's averages, which are large."""
    rng = np.random.default_rng(0)
    return pl.concat(
        pl.DataFrame(
            {
                "descriptor": ["intercept", *names],
                "label": label,
                "parameter": [0.3, *(rng.normal(size=len(names)) / np.where(small, 1e4, 4))],
            }
        )
        for small in [[name.islower() and "_" in name for name in names]]
        for label in labels
    )


def screen(model, warehouse, target, monkeypatch):
    """What is written of FORMULAS and NEW, in batches of a few."""
    monkeypatch.setattr(screening, "READ", 2)
    monkeypatch.setattr(screening, "BATCH", 3)
    texts = ", ".join("null" if text is None else f"'{text}'" for text in [*FORMULAS, *NEW])
    with connect(warehouse) as connection:
        sql = f"select unnest([{texts}]) as formula, unnest(range(13)) as place"
        assert model.predict_query(connection, sql, target) == (13, 4)
    assert ParquetFile(target).num_row_groups == 4
    return pl.read_parquet(target)


def test_numbers_are_those_of_the_model(warehouse, elements, names, tmp_path, monkeypatch):
    model = FittedRegression("gap", "0", draw_weights(names, [""]), NUMBER, elements)
    told = screen(model, warehouse, tmp_path / "rows", monkeypatch)
    assert told["place"].to_list() == list(range(13))
    said = model.predict([str(text) for text in told["formula"]])
    assert told["prediction"].to_list() == pytest.approx(said["prediction"].to_list(), abs=1e-9)
    assert told["interval"].drop_nulls().to_list() == said["interval"].to_list()[:9]
    assert set(told["interval"].drop_nulls()) > {0.1, 1e-5}, "several bins were asked"
    assert told["prediction"].min() == 0, "one is at the bound"
    new = told.row(by_predicate=pl.col("formula") == "TiC", named=True)
    assert (new["n_new_elements"], new["n_new_pairs"], new["reason"]) == (2, 1, None)
    assert told["reason"].drop_nulls().to_list() == [
        "'Nonsense' is not a chemical formula",
        "the formula is missing",
        "Og2: nothing is known about Og",
        "Na1e40Cl: more than 10,000 atoms of one element",
    ]


@pytest.mark.parametrize("classes", [["no", "prediction"], ["a", "b", "c"]])
def test_probabilities_are_those_of_the_model(
    warehouse, elements, names, tmp_path, monkeypatch, classes
):
    weighed = classes if len(classes) > 2 else classes[1:]
    settings = {"column": "kind", "unit": "1", "own": [], "classes": classes}
    weights = draw_weights(names, weighed)
    model = FittedClassification("kind", "0", weights, settings, elements)
    told = screen(model, warehouse, tmp_path / "rows", monkeypatch)
    said = model.predict([str(text) for text in told["formula"]]).drop("likeness")
    assert told["prediction"].to_list() == said["prediction"].to_list()
    for column in said.columns[2:]:
        assert told[column].to_list() == pytest.approx(said[column].to_list(), abs=1e-9)


def read_scores(name, weights, settings, elements):
    """What the view of the warehouse's own materials says of FORMULAS."""
    asked = parse_asked(pl.Series(FORMULAS).unique(), elements)
    of = {"study": "property", "dataset": name, "model": "huber", "run_id": "0"}
    model = {**of, "feature_space": "", "lineage": "", "is_selected": True}
    rows = {
        "models": pl.DataFrame([{**model, "hyperparameters": json.dumps(settings)}]),
        "model_parameters": weights.rename({"descriptor": "feature"}).with_columns(
            **{column: pl.lit(value) for column, value in of.items()}
        ),
    }
    results = {
        table: pl.concat([TABLES[table].create_empty(), one], how="diagonal_relaxed")
        for table, one in rows.items()
    }
    tables = {"materials": shape_asked(asked), "elements": elements, **results}
    with open_views(tables, ("marts.property_scores",)) as memory:
        return memory.sql("select * from marts.property_scores order by material_id, label").pl()


def test_the_view_finishes_numbers_as_the_model_does(elements, names):
    weights = draw_weights(names, [""])
    rows = read_scores("gap", weights, NUMBER, elements)
    said = FittedRegression("gap", "0", weights, NUMBER, elements).predict(rows["material_id"])
    for column in ("prediction", "interval"):
        assert rows[column].to_list() == pytest.approx(said[column].to_list(), abs=1e-9)
    assert rows["prediction"].min() == 0 > rows["weighted_sum"].min()


def test_the_view_finishes_classes_as_the_model_does(elements, names):
    settings = {"column": "kind", "unit": "1", "own": [], "classes": ["a", "b", "c"]}
    weights = draw_weights(names, settings["classes"])
    rows = read_scores("kind", weights, settings, elements)
    model = FittedClassification("kind", "0", weights, settings, elements)
    for label in settings["classes"]:
        of_label = rows.filter(label=label)
        said = model.predict(of_label["material_id"])[label]
        assert of_label["probability"].to_list() == pytest.approx(said.to_list(), abs=1e-9)


def test_a_query_without_formulas_leaves_no_file(warehouse, elements, names, tmp_path):
    model = FittedRegression("gap", "0", draw_weights(names, [""]), NUMBER, elements)
    with connect(warehouse) as connection:
        for sql, told in {
            "select 1 as x": "no column formula; it has x",
            "select 'Fe' as formula, 1 as unit": "a column unit, as predictions have",
        }.items():
            with pytest.raises(WarehouseError, match=told):
                model.predict_query(connection, sql, tmp_path / "rows")
    assert list(tmp_path.iterdir()) == []
