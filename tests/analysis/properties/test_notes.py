"""What a study says of its data: a bound and what undoes it, formulas on both sides of folds."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.properties.data import read_property
from analysis.properties.settings import PropertySettings
from analysis.properties.study import run_property_study
from tests.analysis.properties.test_data import FORMULAS
from tests.support.materials import formula_catalog

N = len(FORMULAS)
N_ZEROS = sum(not formula.endswith("Cl") for formula in FORMULAS)
GAPS = (
    "select formula, if(formula like '%Cl', 1 + length(formula), 0) as gap from staging.materials"
)


@pytest.fixture(scope="module")
def connection():
    return formula_catalog(FORMULAS)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, f"{N_ZEROS} of {N} samples have the lowest value, 0"),
        ({0: -0.001}, f"{N_ZEROS - 1} of {N} samples are 0 and 1 below it"),
        (dict.fromkeys(range(30), -0.001), None),
    ],
)
def test_the_bound_is_told_and_few_values_that_undo_it(connection, changed, told):
    settings = PropertySettings(GAPS, method="ridge", sets=("fractions",))
    data = read_property(connection, "try", settings)
    y = data.y.copy()
    zeros = np.flatnonzero(y == 0)
    for place, value in changed.items():
        y[zeros[place]] = value
    notes = run_property_study(replace(data, y=y), settings).notes
    of_bound = [note for note in notes if "lowest value" in note or "below it" in note]
    assert [note.startswith(told or "-") for note in of_bound] == [True] * bool(told)


def test_tested_samples_whose_formula_is_trained_on_are_counted(connection):
    twice = "unnest(if(formula = 'NaCl', ['train', 'test'], [if(nsites = 3, 'test', 'train')]))"
    query = (
        f"select formula, nsites + length(formula) as size, {twice} as part from staging.materials"
    )
    data = read_property(connection, "try", PropertySettings(query, folds="part"))
    n_tested = sum("2" in formula for formula in FORMULAS) + 1
    (told,) = (note for note in data.notes if note.startswith("official folds"))
    assert told == (
        f"official folds test {n_tested} of {N + 1} samples; the formulas of 1 of these are "
        "trained on, too"
    )
