"""Standard errors of differences are those of a bootstrap, without one."""

import numpy as np
import polars as pl
import pytest

from analysis.linear_models.scores.classes import CLASS_SCORES
from analysis.metrics import MEV, classification_scores, regression_scores
from analysis.runs.comparison import compare_metrics
from analysis.runs.score_errors import (
    accuracy_influence,
    area_influence,
    class_influence,
    sample_influence,
    standard_error,
)

N = 400
RANDOM = np.random.default_rng(0)
LABELS = (RANDOM.random(N) < 0.4).astype(float)
ENERGIES = RANDOM.normal(scale=0.03, size=N)


def guesses(target, spread):
    """Two related predictions: what models of one kind say of the same samples."""
    shared = target + RANDOM.normal(scale=spread, size=N)
    pair = (shared + RANDOM.normal(scale=spread / 2, size=N) for _ in range(2))
    return [np.clip(p, 0, 1) for p in pair] if target is LABELS else list(pair)


CASES = [
    (name, score, target, guesses(target, spread))
    for scores, target, spread in (
        (regression_scores(), ENERGIES, 0.006),
        (classification_scores(), LABELS, 0.5),
    )
    for name, (_, score) in scores.items()
    if name != "max_error"
]


@pytest.mark.parametrize(("metric", "score", "target", "pair"), CASES, ids=[c[0] for c in CASES])
def test_it_gives_the_standard_error_of_a_paired_bootstrap(metric, score, target, pair):
    first, second = pair
    moved = sample_influence(metric, target, second) - sample_influence(metric, target, first)
    assert moved.mean() == pytest.approx(0, abs=1e-9)
    moved *= MEV if metric in ("rmse", "mae") else 1.0
    draws = RANDOM.integers(N, size=(200, N))
    gaps = [score(target[d], second[d]) - score(target[d], first[d]) for d in draws]
    assert moved.std() / np.sqrt(N) == pytest.approx(np.std(gaps), rel=0.15)


@pytest.mark.parametrize("metric", [name for name in CLASS_SCORES if name != "calibration_error"])
def test_so_it_does_of_classes(metric):
    random = np.random.default_rng(1)
    kinds = random.choice(3, size=N, p=[0.5, 0.3, 0.2])
    is_own = (kinds[:, None] == np.arange(3)).astype(float)
    shared = 1.5 * is_own + random.normal(size=(N, 3))
    powers = [np.exp(shared + random.normal(scale=0.5, size=(N, 3))) for _ in range(2)]
    first, second = (power / power.sum(axis=1, keepdims=True) for power in powers)
    of = [class_influence(metric, is_own, said) for said in (second, first)]
    moved = of[0] - of[1]
    assert moved.mean() == pytest.approx(0, abs=1e-9)
    draws = random.integers(N, size=(400, N))
    score = CLASS_SCORES[metric]
    gaps = [score(kinds[d], second[d]) - score(kinds[d], first[d]) for d in draws]
    assert moved.std() / np.sqrt(N) == pytest.approx(np.std(gaps), rel=0.15)


def test_a_maximum_has_none():
    assert sample_influence("max_error", ENERGIES, ENERGIES) is None


@pytest.mark.parametrize(("unit", "error"), [("meV/atom", 500.0), ("GPa", 0.5)])
def test_errors_have_the_unit_of_their_scores(unit, error):
    # Absolute errors of the first 0, 0, of the second 1, 0: the difference's standard error is 1/2.
    scores = pl.DataFrame(
        {"model": "m", "split": "s", "metric": "mae", "unit": unit, "value": [0.0]}
    )
    rows = pl.DataFrame(
        {
            **{"model": "m", "split": "s", "fold": 0, "label": "", "sample_group": ""},
            **{"sample_id": ["a", "b"], "target": [1.0, 2.0], "prediction": [1.0, 2.0]},
        }
    )
    moved = rows.with_columns(prediction=pl.Series([2.0, 2.0]))
    found = compare_metrics((scores, scores), (rows, moved), mean_of_folds=False)
    assert found["standard_error"].item() == pytest.approx(error)


def test_the_error_of_balanced_accuracy_is_that_of_the_rarer_class():
    target = np.repeat([1.0, 0.0], [50, 950])
    called = np.repeat([True, False, True, False], [35, 15, 95, 855])  # 0.7 and 0.9 are right.
    error = standard_error(accuracy_influence(target, called), np.arange(1000))
    # half of sqrt(0.7 * 0.3 / 50 + 0.9 * 0.1 / 950)
    assert error == pytest.approx(0.0328, abs=1e-4)


def test_samples_that_are_a_group_each_have_the_usual_error():
    values = RANDOM.normal(size=N)
    usual = values.std(ddof=1) / np.sqrt(N)
    assert standard_error(values, RANDOM.permutation(N)) == pytest.approx(usual)
    assert standard_error(values, np.zeros(N, int)) is None


def test_samples_of_a_group_are_no_independent_ones():
    # Deviations from the mean of 1 add up to -3 and 3: sqrt(2 / 1 * (9 + 9)) / 6 = 1, as if there
    # were two values, 0 and 2, and not six, whose error would be 1 / sqrt(5).
    values, groups = np.repeat([0.0, 2.0], 3), np.repeat([7, 4], 3)
    assert standard_error(values, groups) == pytest.approx(1)
    assert standard_error(values, np.arange(6)) == pytest.approx(1 / np.sqrt(5))


def test_intervals_hold_what_they_say_where_formulas_err_alike():
    """Of 600 worlds of 80 formulas with 1 to 8 samples, nine tenths are to hold the truth."""
    random = np.random.default_rng(2)
    held = {"mean": [], "mean of rows": [], "area": [], "area of rows": []}
    for _ in range(600):
        groups = np.repeat(np.arange(80), random.choice([1, 2, 8], 80))
        shared, own = random.normal(size=80)[groups], random.normal(size=len(groups)) / 2
        is_metal = (random.random(80) < 0.5)[groups].astype(float)
        losses, ranked = shared + own, shared + own + is_metal
        # Two normal numbers of variance 1.25 whose means differ by 1: Phi(1 / sqrt(2.5)) = 0.7365.
        found = (
            ("mean", losses.mean(), losses),
            ("area", _area(is_metal, ranked) - 0.7365, area_influence(is_metal, ranked)),
        )
        for name, gap, influence in found:
            for of, which in ((name, groups), (f"{name} of rows", np.arange(len(groups)))):
                held[of].append(abs(gap) < 1.645 * standard_error(influence, which))
    shares = {name: np.mean(of) for name, of in held.items()}
    # A share of 0.9 of 600 is known to 0.012; rows taken for independent hold about six tenths.
    assert shares["mean"] == pytest.approx(0.9, abs=0.04)
    assert shares["area"] == pytest.approx(0.9, abs=0.04)
    assert shares["mean of rows"] < 0.7
    assert shares["area of rows"] < 0.7


def _area(target, said):
    return classification_scores()["roc_auc"][1](target, said)


def test_a_difference_of_runs_knows_which_samples_err_alike():
    rows = pl.DataFrame(
        {
            **{"model": "m", "split": "s", "label": ""},
            "fold": [0, 0, 1, 1],
            "sample_id": ["a", "b", "c", "d"],
            "sample_group": ["A", "B", "A", "B"],
            "target": [0.0, 0.0, 0.0, 0.0],
            "prediction": [0.0, 0.0, 0.0, 0.0],
        }
    )
    scores = pl.DataFrame(
        {"model": "m", "split": "s", "metric": "mae", "unit": "GPa", "value": [0.0]}
    )
    moved = rows.with_columns(prediction=pl.Series([2.0, 0.0, 2.0, 0.0]))
    older = moved.with_columns(sample_group=pl.lit(""))
    for mean_of_folds in (False, True):
        found = [
            compare_metrics((scores, scores), pair, mean_of_folds=mean_of_folds)
            for pair in ((rows, moved), (rows, older), (older, older))
        ]
        # Two groups moved by 2 and 0 in every fold: sqrt(2 / 1 * (2**2 + 2**2)) / 4 = 1. As four
        # samples it would be sqrt(4 / 3 * 4) / 4.
        errors = [one["standard_error"].item() for one in found]
        assert errors[:2] == pytest.approx([1, 1])
    same = compare_metrics((scores, scores), (older, older), mean_of_folds=False)
    assert same["standard_error"].item() == 0
