"""A whole study of a property, from the command to the page."""

import json
import re

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis import load_model
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
    done = run(store.warehouse, *ASK, "--thorough")
    assert done.exit_code == 0, done.output
    assert re.search(r"\n +formula_groups .*\n.*\n  \* huber +0\.\d", done.stdout), done.stdout
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


def test_models_that_are_not_linear_are_judged_on_the_same_samples(warehouse):
    with connect(warehouse) as connection:
        rows = connection.sql(
            "select model, root_mean_square_error, difference, difference_error, n_compared "
            "from marts.property_differences where split = 'formula_groups'"
        ).pl()
        errors = connection.sql(
            "select model, fold, abs(error) as size from marts.property_predictions "
            "where split = 'formula_groups' order by model, sample_id"
        ).pl()
    assert set(rows["model"]) == {
        *("huber", "ridge", "median", "gradient_boosting", "random_forest")
    }
    own, forest = (errors.filter(model=name) for name in ("huber", "random_forest"))
    differences = forest.select("fold", d=pl.col("size") - own["size"])
    folds = differences.group_by("fold").agg(pl.mean("d"))
    own, forest = own["size"], forest["size"]
    told = rows.row(by_predicate=pl.col("model") == "random_forest", named=True)
    assert told["difference"] == pytest.approx((forest - own).mean())
    # Five folds: √(1/5 + 1/4).
    errors = ((forest - own).std() / len(FORMULAS) ** 0.5, folds["d"].std() * 0.45**0.5)
    assert told["difference_error"] == pytest.approx(max(errors))
    assert told["root_mean_square_error"] == pytest.approx((forest**2).mean() ** 0.5)
    assert told["n_compared"] == len(FORMULAS)


def test_an_element_that_training_lacks_is_judged_alone(warehouse):
    """Without chlorine all gaps are 0; its relatives are taken for it by a model without them."""
    with connect(warehouse) as connection:
        losses = dict(
            connection.sql(
                "select series, value from marts.curves where curve = 'leave_element_out'"
            ).fetchall()
        )
    # The metals have 16 formulas each, too few to be judged by.
    assert set(losses) == {"Br", "F", "N", "O", "P", "S", "Se"}
    assert losses["F"] > 0.2 > 0.01 > losses["N"]


def test_the_same_command_fits_nothing_again(warehouse):
    assert "unchanged since run" in run(warehouse, *ASK).stdout


def test_formulas_are_answered(warehouse):
    done = run(warehouse, *ASK, "--predict", "MgCl2", "Foo", "--json")
    salt, other = json.loads(done.stdout)
    assert salt["prediction"] == pytest.approx(1, abs=0.3)
    assert (salt["unit"], salt["column"]) == ("eV", "band_gap")
    assert other["prediction"] is None
    assert done.exit_code == 1


def test_formulas_of_a_query_get_the_same_answers(warehouse, tmp_path):
    sql, target = "select formula from staging.materials", tmp_path / "answers.parquet"
    ask = (*ASK, "--predict", "--query", sql, "--output", str(target))
    done = run(warehouse, *ask)
    assert done.stdout == f"{target}: {len(FORMULAS):,} rows\n"
    rows = pl.read_parquet(target).filter(pl.col("formula").is_in(FORMULAS[:5]))
    told = json.loads(run(warehouse, *ASK, "--predict", *rows["formula"], "--json").stdout)
    for name in ("prediction", "interval"):
        assert rows[name].to_list() == pytest.approx([one[name] for one in told], abs=1e-9)
    inside = run(warehouse, *ask[:-1], str(warehouse.root / "answers.parquet"))
    assert inside.exit_code == 1
    assert "lies inside the warehouse" in inside.stderr


def test_the_page_shows_what_was_fitted(warehouse, tmp_path):
    with connect(warehouse) as connection:
        text = write_properties_page(connection, tmp_path).read_text(encoding="utf-8")
    assert "Band gap: oqmd.band_gap" in text
    assert "mean absolute error" in text
    n_without = sum(not one.endswith("Cl") for one in FORMULAS)
    assert f"{n_without} of {len(FORMULAS)} samples have the lowest value, 0" in text
    assert "What linearity costs: oqmd.band_gap" in text
    assert "By root mean square errors: " in text
    assert "Elements never seen: oqmd.band_gap" in text
    assert "Worst are predictions of about" in text
    assert "Where the interval holds: oqmd.band_gap" in text
    assert "What is lost without a set of descriptors: oqmd.band_gap" in text
    assert "A model that never knew a set" in text
    assert "Three samples through the sum: oqmd.band_gap" in text
    assert "90 % intervals by the jackknife, from 5 fits of the folds by formula" in text
    assert "version" in text


@pytest.mark.parametrize(
    "words",
    [
        ("property", "band_gap"),
        ("property", "select 1", "--dataset", "oqmd"),
        ("property", "nsites", "--dataset", "matbench_mp_gap"),
        (*ASK, "--descriptors", "spins"),
        (*ASK, "--method", "lasso", "--mixing", "0.5"),
        (*ASK, "--quantile", "0.9"),
        (*ASK, "--predict"),
        (*ASK, "--json"),
        (*ASK, "--predict", "--query", "select formula from staging.materials"),
        (*ASK, "--predict", "MgCl2", "--query", "select 1", "--output", "x.parquet"),
        (*ASK, "--output", "x.parquet"),
        (*ASK, "--name", "gap"),
        ("property", "select 1", "--name", "matbench_mp_gap"),
        (*ASK, "--log", "--classify"),
    ],
)
def test_wrong_usage_is_told(warehouse, words):
    assert run(warehouse, *words).exit_code == 2


def test_further_columns_of_a_query_are_a_rung(warehouse):
    sql = "select formula, band_gap, length(formula) + 0.0 as size from staging.materials"
    fit = ("property", sql, "--name", "sized", "--sets", "fractions,own")
    assert run(warehouse, *fit).exit_code == 0
    with connect(warehouse) as connection:
        rungs = connection.sql(
            "select distinct series from marts.curves where dataset = 'sized' and curve = 'ladder'"
        ).pl()
    assert set(rungs["series"]) == {"element fractions", "+ your own columns"}


KINDS = (
    "property",
    "select formula, case when formula similar to '.*(F|Cl|Br)2?' then 'halide' "
    "when formula similar to '.*(O|S|Se)2?' then 'chalcogenide' else 'pnictide' end as kind "
    "from staging.materials",
    *("--name", "kinds", "--sets", "fractions,magpie"),
)


@pytest.fixture(scope="module")
def classified(warehouse):
    """The same formulas by the group of their anion."""
    done = run(warehouse, *KINDS)
    assert done.exit_code == 0, done.output
    assert "kind is taken for 3 classes: chalcogenide (84), halide (84), pnictide (56)" in (
        done.stdout
    )
    assert re.search(r"\n +formula_groups .*\n.*\n  \* logistic +\d\.\d", done.stdout), done.stdout
    return warehouse


def test_scores_of_classes_name_split_and_count(classified):
    with connect(classified) as connection:
        scores = connection.sql(
            "select model, metric, value, n from marts.metrics "
            "where dataset = 'kinds' and split = 'formula_groups'"
        ).pl()
    assert set(scores["n"]) == {len(FORMULAS)}
    found = {(model, metric): value for model, metric, value, _ in scores.iter_rows()}
    assert found["logistic", "macro_f1"] > 0.95
    assert found["frequent", "balanced_accuracy"] == pytest.approx(1 / 3)
    # 84, 84 and 56 of 224: -(0.375 ln 0.375) * 2 - 0.25 ln 0.25 = 1.082.
    assert found["frequent", "log_loss"] == pytest.approx(1.082, abs=0.02)


def test_each_sample_has_a_probability_of_each_class(classified):
    with connect(classified) as connection:
        sums = connection.sql(
            "select sum(probability) as said, count(*) as n, sum(is_class::int) as own "
            "from marts.property_probabilities where dataset = 'kinds' group by split, sample_id"
        ).pl()
        (counted,) = connection.sql(
            "select sum(n_samples) from marts.property_confusions "
            "where dataset = 'kinds' and split = 'formula_groups'"
        ).pl()
    assert sums["said"].to_numpy() == pytest.approx(1)
    assert (set(sums["n"]), set(sums["own"])) == ({3}, {1})
    assert counted.item() == len(FORMULAS)


def test_formulas_have_probable_classes(classified):
    done = run(classified, *KINDS, "--predict", "MgCl2", "Foo", "--json")
    salt, other = json.loads(done.stdout)
    assert salt["prediction"] == "halide"
    assert next(iter(salt["probabilities"])) == "halide"
    assert sum(salt["probabilities"].values()) == pytest.approx(1)
    assert other["prediction"] is None
    loaded = load_model("property", "kinds", warehouse=classified.root)
    frame = loaded.predict(["MgCl2", "Foo"])
    assert frame["halide"][0] == pytest.approx(salt["probabilities"]["halide"])
    assert frame["halide"][1] is None


def test_the_answer_of_a_formula_is_what_the_fit_says(classified):
    """Without what was held out: the sums in SQL's terms are those of the matrix."""
    loaded = load_model("property", "kinds", warehouse=classified.root)
    said = loaded.predict(FORMULAS[:20]).select("chalcogenide", "halide", "pnictide")
    assert said.sum_horizontal().to_numpy() == pytest.approx(1)
    calls = loaded.predict(FORMULAS)["prediction"]
    is_halide = [name.rstrip("2").endswith(("F", "Cl", "Br")) for name in FORMULAS]
    assert ((calls == "halide") == pl.Series(is_halide)).mean() > 0.98


def test_the_page_shows_classes(classified, tmp_path):
    with connect(classified) as connection:
        text = write_properties_page(connection, tmp_path).read_text(encoding="utf-8")
    assert "Kind: kinds" in text
    assert "with <code>--thorough</code>" in text
    assert "macro F1" in text
    assert "Which classes are taken for which: kinds" in text
    assert "What speaks for each class: kinds" in text
    assert "What is lost without a set of descriptors: kinds" in text
    assert "Three samples through the sum: kinds" not in text  # of several classes


def test_runs_tell_classes_by_their_own_score(classified):
    done = run(classified, "runs", "--json")
    rows = {row["dataset"]: row for row in json.loads(done.stdout)}
    assert rows["kinds"]["metric"] == "balanced_accuracy"
    assert rows["oqmd.band_gap"]["metric"] == "mae"


def test_classes_are_made_again_as_they_were(classified):
    done = run(classified, "runs", "--json")
    (run_id,) = (row["run_id"] for row in json.loads(done.stdout) if row["dataset"] == "kinds")
    again = run(classified, "reproduce", run_id)
    assert again.exit_code == 0, again.output
    assert run(classified, "compare", run_id, run_id).exit_code == 0


def test_words_that_are_no_query_say_so(warehouse):
    done = run(warehouse, "property", "select formula from")
    assert (done.exit_code, "this is no query" in done.stderr) == (1, True)


def test_what_the_data_are_decides_the_run(warehouse):
    done = run(warehouse, "property", "band_gap", "--dataset", "oqmd_is_metal")
    assert "there are no rows of oqmd_is_metal" in done.stderr


L1 = (
    "property",
    "select formula, formula similar to '.*(F|Cl|Br)2?' as is_halide, length(formula) as w, "
    "left(formula, 1) as first from staging.materials",
    *("--name", "sparse", "--sets", "fractions,magpie", "--method", "lasso", "--thorough"),
    *("--calibrate", "isotonic", "--weights", "w", "--group", "first"),
)


@pytest.fixture(scope="module")
def sparse(warehouse):
    """Halides or not by L1, calibrated and weighed, groups held out, trees beside."""
    done = run(warehouse, *L1)
    assert done.exit_code == 0, done.output
    assert re.search(r"\* logistic_lasso +held_out_groups", done.stdout)
    return warehouse


def test_classes_have_every_option(sparse, tmp_path):
    with connect(sparse) as connection:
        scores = connection.sql(
            "select model, metric, value from marts.metrics "
            "where dataset = 'sparse' and split = 'formula_groups'"
        ).pl()
        zero = connection.sql(
            "select avg((parameter = 0)::int) from marts.property_weights where dataset = 'sparse'"
        ).fetchall()[0][0]
        losses = connection.sql(
            "select model, loss, difference_error from marts.property_differences "
            "where dataset = 'sparse' and split = 'formula_groups'"
        ).pl()
        swept = connection.sql(
            "select distinct metric from marts.curves where dataset = 'sparse' "
            "and curve = 'strength' order by all"
        ).fetchall()
        text = write_properties_page(connection, tmp_path).read_text(encoding="utf-8")
    assert swept == [("balanced_accuracy",), ("brier",), ("f1",), ("log_loss",), ("roc_auc",)]
    assert {"uncalibrated", "platt", "gradient_boosting", "random_forest"} <= set(scores["model"])
    assert {"weighted_log_loss", "weighted_balanced_accuracy"} <= set(scores["metric"])
    assert 0.3 < zero < 1
    found = {(model, metric): value for model, metric, value in scores.iter_rows()}
    assert found["logistic_lasso", "balanced_accuracy"] > 0.95
    assert found["random_forest", "balanced_accuracy"] > 0.95
    assert set(losses["model"]) == {"logistic_lasso", "gradient_boosting", "random_forest"}
    assert "Groups never seen: sparse" in text
    assert "Three samples through the sum: sparse" in text
    assert "Threshold and class weights move the same lever: sparse" in text
    assert "How much penalty, and of which kind: sparse" in text
    assert "What linearity costs: sparse" in text
    assert re.search(r"isotonic \d\.\d+ \(Brier score \d\.\d+, log loss \d\.\d+\)", text)
    assert "Weighted log loss" in text


def test_a_fitted_model_answers_by_its_name_alone(sparse):
    done = run(sparse, "property", "--predict", "--name", "sparse", "MgCl2", "MgO")
    assert done.exit_code == 0, done.output
    assert "is_halide true" in done.stdout.splitlines()[0]
    assert "+0 in the logit" not in done.stdout  # L1 left most descriptors no weight.
    said = json.loads(run(sparse, *L1[:2], "MgCl2", *L1[2:4], "--predict", "--json").stdout)[0]
    loaded = load_model("property", "sparse", warehouse=sparse.root)
    assert loaded.predict(["MgCl2"])["true"][0] == pytest.approx(said["probabilities"]["true"])
    # Isotonic regression makes of it one of its steps, of which the last is near 1.
    assert said["probabilities"]["true"] > 0.9


def test_a_quantile_is_judged_by_its_own_loss(warehouse, tmp_path):
    asked = (*ASK, "--method", "quantile", "--quantile", "0.9", "--sets", "fractions")
    done = run(warehouse, *asked)
    assert done.exit_code == 0, done.output
    assert re.search(r"\* quantile_0.9 +formula_groups", done.stdout)
    with connect(warehouse) as connection:
        scores = connection.sql(
            "select model, metric, value from marts.metrics where model like '%quantile%' "
            "and split = 'formula_groups' and dataset <> 'sparse'"
        ).pl()
        text = write_properties_page(connection, tmp_path).read_text(encoding="utf-8")
    assert set(scores["metric"]) == {"pinball_loss", "share_below"}
    assert {"quantile", "quantile_0.9", "same_quantile"} == set(scores["model"])
    assert "What is predicted is the quantile 0.9" in text
    said = run(warehouse, *asked, "--predict", "MgCl2").stdout
    assert "0.9 of such band_gap lie below" in said
    assert " eV" in said.splitlines()[-1]


def test_a_model_of_classes_is_told_which_methods_there_are(warehouse):
    done = run(warehouse, *KINDS, "--method", "huber")
    assert done.exit_code == 1
    assert "--method huber does not fit kind, which is taken for classes" in done.stderr
