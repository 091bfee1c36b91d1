"""A model that reads further columns answers for a formula with a value of each of them."""

import json
from itertools import product

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis import load_model
from analysis.__main__ import app
from analysis.datasets import read_rows
from analysis.properties.answering.own_values import refuse_unasked
from analysis.properties.prediction import FittedRegression
from ingest.materials.elements import ingest_elements
from ingest.materials.own_table import ingest_own_table
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

METALS = ("Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo", "W")
OTHERS = ("C", "N", "B", "Si")
NAMES = ("target", "composition", "reason", "intercept", "key", "sample_id", "unit")
"""Columns of the user's, called as something that the study has itself."""
LEAST = ("--descriptors", "fractions,own")
TABLE = (
    *("hardness", "--table", "steels", *LEAST),
    *("--own", ",".join(["temperature", *NAMES]), "--predict"),
)
AT = ("--at", "temperature=300", "--at", ",".join(f"{name}={len(name)}" for name in NAMES))
KINDS = (
    "select row_number::varchar as material_id, formula, "
    "max(text) filter (column_name = 'kind') as kind, "
    "max(number) filter (column_name = 'temperature') as temperature, "
    "max(number) filter (column_name = 'wet') = 1 as wet "
    "from staging.own_values group by row_number, formula",
    *("--name", "kinds", *LEAST),
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """A hardness of carbides and the like that falls with the temperature, and its model."""
    folder = tmp_path_factory.mktemp("own_answers")
    rows = [
        {
            "formula": f"{metal}{n}{other}",
            "hardness (GPa)": METALS.index(metal) / n + OTHERS.index(other) - kelvin / 100,
            "temperature": kelvin,
            "kind": "soft" if kelvin > 500 else "hard" if METALS.index(metal) > 4 else "brittle",
            "wet": place % 3 == 0,
        }
        | {name: (place * (at + 3)) % 13 for at, name in enumerate(NAMES)}
        for place, (metal, other, n, kelvin) in enumerate(
            product(METALS, OTHERS, (1, 2, 3), (300, 600))
        )
    ]
    pl.DataFrame(rows).write_csv(folder / "steels.csv")
    store = Store(Warehouse(folder / "data"))
    ingest_elements(store)
    ingest_own_table(store, folder / "steels.csv")
    build_catalog(store)
    done = ask(store.warehouse, *TABLE[:-1])
    assert done.exit_code == 0, done.output
    return store.warehouse


@pytest.fixture(scope="module")
def classified(warehouse):
    """The same by kind, of a query, with steps of isotonic regression."""
    done = ask(warehouse, *KINDS, "--calibrate", "isotonic")
    assert done.exit_code == 0, done.output
    return warehouse


def ask(warehouse, *words):
    return CliRunner().invoke(app, ["property", *words, "--warehouse", str(warehouse)])


def ask_query(warehouse, target, *words):
    """What is written of the rows of a query, and what is said of them."""
    done = ask(warehouse, *words, "--output", str(target))
    assert done.exit_code == 0, done.output
    return pl.read_parquet(target), done.stdout


def name_model(warehouse):
    with connect(warehouse) as connection:
        sql = "select dataset from staging.models where dataset like 'own.steels.%'"
        return read_rows(connection, sql)["dataset"][0]


def test_the_answer_is_the_sum_of_weights_times_descriptors(warehouse, tmp_path):
    with connect(warehouse) as connection:
        weights = dict(
            read_rows(
                connection,
                "select feature, parameter from staging.model_parameters "
                "where dataset like 'own.steels.%' and model = 'huber'",
            ).iter_rows()
        )
    # Ti2C is a row of the table: two thirds of titanium, one of carbon, at 300 K.
    by_hand = (
        weights["intercept"]
        + 2 / 3 * weights["fraction of Ti"]
        + 1 / 3 * weights["fraction of C"]
        + 300 * weights["temperature"]
        + sum(
            len(name) * weights["own intercept" if name == "intercept" else name] for name in NAMES
        )
    )
    (told,) = json.loads(ask(warehouse, *TABLE, "Ti2C", *AT, "--json").stdout)
    assert told["prediction"] == pytest.approx(by_hand, abs=1e-6)
    assert told["at"] == {"temperature": 300, **{name: len(name) for name in NAMES}}
    columns = ", ".join(f"{len(name)} as {name}" for name in NAMES)
    sql = f"select 'Ti2C' as formula, 300 as temperature, {columns}"
    rows, _ = ask_query(warehouse, tmp_path / "rows.parquet", *TABLE, "--query", sql)
    assert rows["prediction"][0] == pytest.approx(by_hand, abs=1e-6)
    assert rows["interval"][0] == pytest.approx(told["interval"])
    assert (rows["unit"][0], rows["unit (predicted)"][0]) == (len("unit"), "GPa")
    loaded = load_model("property", name_model(warehouse), warehouse=warehouse.root)
    assert loaded.predict(["Ti2C"], told["at"])["prediction"][0] == told["prediction"]


def test_a_model_is_asked_by_its_name_alone(warehouse):
    done = ask(warehouse, "--predict", "--name", name_model(warehouse), "Ti2C", "TiN", *AT)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Ti2C at temperature 300, target 6, ")
    assert "further columns count from their means" in done.stdout


def test_values_that_training_never_had_are_told(warehouse):
    far = ("--at", "temperature=900", *AT[2:])
    assert "temperature 900 lies outside the 300 to 600 of training" in " ".join(
        ask(warehouse, *TABLE, "Ti2C", *far).stdout.split()
    )
    assert "outside" not in ask(warehouse, *TABLE, "Ti2C", *AT).stdout


def test_rows_without_a_value_have_no_prediction_and_a_reason(classified, tmp_path):
    sql = (
        "select * from (values (1, 'TiC', '300'), (2, 'TiC', null), (3, 'TiC', 'inf'), "
        "(4, 'TiC', '900'), (5, 'Foo', null), (6, 'TiC', 'nan')) as rows(n, formula, kelvin)"
    )
    sql = f'select n, formula, kelvin::double as temperature, n < 3 as "WET" from ({sql})'
    ask_rows = ("--predict", "--name", "kinds", "--query", sql)
    rows, told = ask_query(classified, tmp_path / "rows.parquet", *ask_rows)
    assert "6 rows, 4 of them without a prediction: see `reason`" in told
    assert rows["reason"].to_list() == [
        *(None, "temperature is NULL", "temperature is inf", None),
        *("'Foo' is not a chemical formula", "temperature is NaN"),
    ]
    assert rows.filter(pl.col("reason").is_not_null())["hard"].null_count() == 4
    assert rows["outside_training"].to_list()[3] == "temperature"
    assert rows["outside_training"].to_list()[0] is None


def test_classes_are_as_probable_in_a_query_as_one_by_one(classified, tmp_path):
    sql = "select unnest(['TiC', 'W3Si', 'NbB2']) as formula, 600 as temperature, true as wet"
    words = ("--predict", "--name", "kinds")
    rows, _ = ask_query(classified, tmp_path / "rows.parquet", *words, "--query", sql)
    values = ("--at", "temperature=600,wet=true", "--json")
    told = json.loads(ask(classified, *words, *rows["formula"], *values).stdout)
    assert rows["prediction"].to_list() == [one["prediction"] for one in told] == ["soft"] * 3
    for name in ("brittle", "hard", "soft"):
        single = [one["probabilities"][name] for one in told]
        assert rows[name].to_list() == pytest.approx(single, abs=1e-9)


def test_logarithms_and_bounds_are_those_of_the_sum(warehouse, tmp_path):
    with connect(warehouse) as connection:
        elements = read_rows(connection, "from staging.elements")
        weights = pl.DataFrame(
            [("intercept", "", 1.0), ("fraction of Fe", "", 2.0), ("x", "", -3.0)],
            schema=["descriptor", "label", "parameter"],
            orient="row",
        )
        column = {"name": "x", "descriptor": "x", "lowest": 0.0, "highest": 2.0, "mean": 1.0}
        told = {"column": "life", "unit": "log10(s)", "lowest": 0.0, "own": ["x"]}
        interval = {"edges": [1.5], "widths": [0.1, 0.5], "overall": 0.2}
        model = FittedRegression(
            "life", "0", weights, told | {"own_columns": [column], "interval": interval}, elements
        )
        said = model.explain(["Fe"], {"x": 0.25})[0]
        # 1 + 2 - 0.75 is above the edge; 1 + 2 - 6 is below 0.
        assert (said.prediction, said.interval) == (2.25, 0.5)
        assert "that is 178 (56.2 to 562) s" in said.text
        sql = "select 'Fe' as formula, unnest([0.25, 2]) as x"
        model.predict_query(connection, sql, tmp_path / "rows")
    rows = pl.read_parquet(tmp_path / "rows")
    assert rows.select("prediction", "interval").rows() == [(2.25, 0.5), (0.0, 0.1)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("TiC",), "reads temperature (300 to 600), wet (0 to 1) beside the formula; there is no"),
        (("TiC", "--at", "temperature=300"), "there is no value of wet"),
        (("TiC", "--at", "temperature=300,wet=1,dry=0"), "reads no dry; beside the formula"),
        (("TiC", "--at", "temperature=nan,wet=1"), "temperature is nan, no finite number"),
        (
            ("TiC", "--at", "temperature=300,5", "--at", "wet=1"),
            "'300,5' is no number, such as 300.5",
        ),
        (("TiC", "--at", "temperature=warm"), "'warm' is no number"),
        (("TiC", "--at", "wet=1", "--at", "wet=0"), "wet has two values"),
        (("--query", "select 'Fe' as formula", "--output", "a.parquet"), "no column temperature"),
        (
            ("--query", "select 'Fe' as formula, 'a' as temperature", "--output", "a.parquet"),
            "temperature is string, and the model of kinds reads numbers",
        ),
        (("--query", "select 1", "--at", "wet=1", "--output", "a.parquet"), "--at goes with form"),
        (("--query", "select 1"), "--query needs --output FILE.parquet"),
        (("--query", "select 1", "--output", "a.parquet", "--json"), "--json goes with formulas"),
        (("TiC", "--output", "a.parquet"), "--output is for the rows of --query"),
        (("TiC", "--at", "warm"), "'warm' is not like temperature=300"),
        ((), "--predict needs formulas"),
    ],
)
def test_what_does_not_answer_the_question_is_told(classified, words, told, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = ask(classified, "--predict", "--name", "kinds", *words)
    assert done.exit_code > 0
    assert told in " ".join(done.output.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--output", "a.parquet"), "--output goes with --predict"),
        (("--at", "wet=1"), "--at goes with --predict"),
        (("TiC",), "TiC: formulas go with --predict"),
        (("--json",), "--json goes with --predict; scores: python -m analysis runs"),
    ],
)
def test_options_of_predictions_go_with_predict(warehouse, words, told):
    done = ask(warehouse, "hardness", *words, "--table", "steels")
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())


def test_a_model_of_views_answers_no_formula():
    record = {"own": ["density", "size"], "own_columns": [{"descriptor": "size"}]}
    with pytest.raises(WarehouseError, match="reads density, which a formula") as raised:
        refuse_unasked("gaps", record | {"sets": ["fractions", "structure", "own"]})
    assert "without structure:" in raised.value.hint
    refuse_unasked("gaps", record | {"own": ["size"], "sets": ["fractions", "own"]})


def test_a_model_of_formulas_takes_no_values(warehouse):
    model = FittedRegression("gap", "0", pl.DataFrame(), {"own": []}, pl.DataFrame())
    with pytest.raises(WarehouseError, match="reads no wet; beside the formula it reads nothing"):
        model.predict(["Fe"], {"wet": 1.0})
