"""Folds as published: what a column must say, and which rows train and which are tested."""

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.linear_models.inquiries.weights import JACKKNIFED
from analysis.linear_models.splits import headline, list_left_out, split_property
from analysis.properties.data import read_property
from analysis.properties.reading.merging import FOLD, merge_labels, merge_numbers
from analysis.properties.reading.roles import read_roles
from analysis.properties.settings import PropertySettings, role_column
from tests.analysis.properties.test_data import FORMULAS
from tests.support.materials import formula_catalog
from warehouse.errors import WarehouseError

SAMPLES = "staging.materials"
PARTS = "case length(formula) % 4 when 0 then 'test' when 1 then 'val' else 'train' end"
QUERY = (
    f"select formula, nsites + length(formula) / 10 as size, {PARTS} as part from staging.materials"
)


@pytest.fixture(scope="module")
def connection():
    return formula_catalog(FORMULAS)


def read(connection, target=QUERY, folds="part"):
    return read_property(connection, "try", PropertySettings(target, folds=folds))


def official(data):
    return [one for one in split_property(data) if one.parting == "official_folds"]


def read_folds(values):
    rows = pl.DataFrame({role_column("fold"): values})
    return read_roles(rows, PropertySettings("x", folds="part"))[0].to_series().to_list()


def test_only_test_is_tested_and_all_others_are_trained_on(connection):
    data = read(connection)
    (fold,) = official(data)
    sizes = data.samples["formula"].str.len_chars().to_numpy()
    assert set(sizes[fold.test] % 4) == {0}
    assert set(sizes[fold.train] % 4) == {1, 2, 3}
    assert len(fold.train) + len(fold.test) == len(FORMULAS)
    assert headline(data) == "official_folds"
    assert "part" not in data.features


def test_each_numbered_fold_is_tested(connection):
    parts = "length(formula) % 3 as part"
    data = read(connection, QUERY.replace(f"{PARTS} as part", parts))
    assert [one.fold for one in official(data)] == [0, 1, 2]
    assert sum(len(one.test) for one in official(data)) == len(data.y)


@pytest.mark.parametrize(
    ("values", "folds"),
    [
        (["Test", "train", None, "val", ""], [0, None, None, None, None]),
        ([True, False, True], [0, None, 0]),
        ([1.0, 0.0, 1.0], [1, None, 1]),  # A table keeps true and false as numbers.
        (["train+val", "Training set", "NA", "none", "test"], [None, None, None, None, 0]),
        ([2.0, 1.0, None], [2, 1, None]),
        (["10", "9"], [10, 9]),
        (["b", "a", "validation"], [1, 0, None]),
    ],
)
def test_what_a_column_of_folds_says(values, folds):
    assert read_folds(values) == folds


@pytest.mark.parametrize("values", [["train", "val"], [str(one) for one in range(21)], [0.5, 1.0]])
def test_a_column_that_names_no_folds_is_refused(values):
    with pytest.raises(WarehouseError, match="--folds part "):
        read_folds(values)


def test_a_formula_on_both_sides_is_a_sample_of_each():
    rows = pl.DataFrame(
        {
            "formula": ["NaCl"] * 4,
            "reduced_formula": ["NaCl"] * 4,
            "target": [1.0, 3.0, 7.0, 9.0],
            FOLD: [None, None, 0, 0],
        }
    )
    merged = merge_numbers(rows, ())
    assert dict(merged.select("material_id", "target").iter_rows()) == {
        "NaCl (trained)": 2.0,
        "NaCl (0)": 8.0,
    }


def test_classes_keep_the_rows_that_are_only_trained_on():
    rows = pl.DataFrame(
        {"reduced_formula": ["NaCl", "NaCl"], FOLD: [None, 0], "target": list("ab")}
    )
    merged, n_others = merge_labels(rows.with_columns(formula="reduced_formula"), ())
    assert dict(merged.select("material_id", "target").iter_rows()) == {
        "NaCl (trained)": "a",
        "NaCl (0)": "b",
    }
    assert n_others == 0


def test_weights_have_errors_from_folds_that_leave_each_sample_out_once(connection):
    data = read(connection)
    left_out = [fold.test for fold in split_property(data) if fold.parting == JACKKNIFED]
    assert sorted(row for test in left_out for row in test) == list(range(len(data.y)))


def test_folds_that_leave_hardly_anything_to_train_are_told(connection):
    data = read(connection, QUERY.replace(PARTS, "if(formula = 'NaCl', 'train', 'test')"))
    assert list_left_out(data, split_property(data)) == ["official_folds"]
    assert headline(data) == "formula_groups"


def test_a_task_has_its_own_folds():
    words = ("property", "band_gap", "--dataset", "matbench_expt_gap", "--folds", "x")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "official folds of its own" in " ".join(done.output.split())
