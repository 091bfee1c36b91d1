"""A table of one's own is modelled by a column's name, with the columns that describe its rows."""

from itertools import product

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from ingest.materials.elements import ingest_elements
from ingest.materials.own_table import ingest_own_table
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

METALS = ("Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo", "W")
OTHERS = ("C", "N", "B", "Si")
SLOPE = -0.01
"""GPa/K"""
LEAST = ("--descriptors", "fractions,own")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """A hardness of carbides and the like that falls with the temperature."""
    folder = tmp_path_factory.mktemp("own")
    rows = [
        {
            "Formula": f"{metal}{n}{other}",
            "Hardness (GPa)": 3.0 * METALS.index(metal) / n + OTHERS.index(other) + SLOPE * kelvin,
            "Temperature [K]": kelvin,
            "Kind": "hard" if n == 1 else "soft",
            "row_number": n,
        }
        for metal, other, n, kelvin in product(METALS, OTHERS, (1, 2, 3), (300, 600))
    ]
    pl.DataFrame(rows).write_csv(folder / "steels.csv")
    store = Store(Warehouse(folder / "data"))
    ingest_elements(store)
    ingest_own_table(store, folder / "steels.csv")
    build_catalog(store)
    return store.warehouse


def ask(warehouse, *words):
    return CliRunner().invoke(app, ["property", *words, "--warehouse", str(warehouse)])


def test_what_describes_a_row_has_the_weight_that_was_planted(warehouse):
    done = ask(warehouse, "hardness", "--table", "steels", "--own", "temperature", *LEAST)
    assert done.exit_code == 0, done.output
    with connect(warehouse) as connection:
        ((weight,),) = connection.sql(
            "select parameter from staging.model_parameters where feature = 'temperature' "
            "and dataset like 'own.steels.hardness+temperature%' and model = 'huber'"
        ).fetchall()
        units = connection.sql("select distinct unit from marts.metrics where metric = 'mae'")
        assert units.fetchall() == [("GPa",)]
    assert weight == pytest.approx(SLOPE, rel=0.05)


def test_rows_of_a_formula_are_one_sample_where_nothing_else_tells_them_apart(warehouse):
    done = ask(warehouse, "hardness", "--table", "steels", *LEAST)
    assert "108 left out: formula again, merged by the median" in done.stdout, done.output


def test_texts_are_classes_and_conditions_see_all_columns(warehouse):
    done = ask(warehouse, "kind", "--table", "steels", "--where", "temperature < 400", *LEAST)
    assert "kind is taken for 2 classes: hard (36), soft (72)" in done.stdout, done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("hardnes", "--table", "steels"), "the table steels has no such column"),
        (("hardness", "--table", "steel"), "there is no table steel"),
        (("hardness", "--table", "steels", "--own", "temp"), "--own temp: the table"),
        (("hardness", "--table", "steels", "--weights", "w"), "--weights w: the table"),
        (("hardness", "--table", "steels", "--where", "temperature > 900"), "no rows to learn"),
        (("hardness", "--own", "temperature"), "give a column with --dataset or --table"),
        (("hardness", "--dataset", "oqmd", "--own", "temperature"), "--own goes with --table"),
    ],
)
def test_what_is_not_there_is_told(warehouse, words, message):
    done = ask(warehouse, *words)
    assert done.exit_code > 0
    assert message in " ".join(done.output.split())
