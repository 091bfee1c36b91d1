"""A table of one's own is modelled by a column's name, with the columns that describe its rows."""

from itertools import product

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.linear_models.splits import split_property
from analysis.properties.data import read_property
from analysis.properties.settings import PropertySettings
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
            "Pressure (Pa)": 1e8 + (kelvin == 300),
            "Measured": f"20{10 + METALS.index(metal)}-05-01",
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


def test_what_differs_in_late_digits_alone_describes_a_row_too(warehouse):
    done = ask(warehouse, "hardness", "--table", "steels", "--own", "pressure", *LEAST)
    assert done.exit_code == 0, done.output
    with connect(warehouse) as connection:
        ((weight, effect),) = connection.sql(
            "select parameter, scale from staging.model_parameters where feature = 'pressure' "
            "and dataset like 'own.steels.hardness+pressure%' and model = 'huber'"
        ).fetchall()
    assert weight == pytest.approx(-300 * SLOPE, rel=0.05)
    assert effect == pytest.approx(0.5)


def test_dates_and_whole_numbers_part_the_rows_of_a_table(warehouse):
    options = ("--own", "temperature", "--time", "measured", "--group", "row_number")
    done = ask(warehouse, "hardness", "--table", "steels", *options, *LEAST)
    assert done.exit_code == 0, done.output
    assert "later" in done.stdout
    assert "held_out_groups" in done.stdout


def test_one_column_of_a_table_may_be_group_and_time(warehouse):
    for column, n in {"row_number": 3, "measured": len(METALS)}.items():
        settings = PropertySettings(
            "hardness", table="steels", sets=("fractions",), group=column, time=column
        )
        with connect(warehouse) as connection:
            samples = read_property(connection, "a", settings).samples
        assert samples["group"].n_unique() == samples["time"].n_unique() == n


def test_the_highest_tenth_shares_no_formula_with_training(warehouse):
    settings = PropertySettings(
        "hardness", table="steels", own=("temperature",), sets=("fractions", "own")
    )
    with connect(warehouse) as connection:
        data = read_property(connection, "a", settings)
    (fold,) = (one for one in split_property(data) if one.parting == "extrapolation")
    formulas = data.samples["reduced_formula"]
    assert not set(formulas.gather(fold.train)) & set(formulas.gather(fold.test))


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
        (("hardness", "--table", "steels", "--where", "temperature > 900"), "900 leaves none"),
        (("hardness", "--table", "steels", "--own", "hardness"), "--own hardness: it is predicted"),
        (("hardness", "--table", "steels", "--own", "kind"), "--own kind: it has texts"),
        (
            ("hardness", "--table", "steels", "--where", "temperature = = 3"),
            "--where temperature = = 3 is no condition",
        ),
        (("formula", "--table", "steels"), "formula: the table steels has no such column"),
        (
            ("hardness", "--table", "steels", "--own", "formula"),
            "--own formula: the formula is read in any case",
        ),
        (
            ("hardness", "--table", "steels", "--own", "material_id"),
            "--own material_id: rows of a table are told apart by their number",
        ),
        (("hardness", "--own", "temperature"), "give a column with --dataset or --table"),
        (("hardness", "--dataset", "oqmd", "--own", "temperature"), "--own goes with --table"),
    ],
)
def test_what_is_not_there_is_told(warehouse, words, message):
    done = ask(warehouse, *words)
    assert done.exit_code > 0
    assert message in " ".join(done.output.split())
