"""Standard errors of differences are those of a bootstrap, without one."""

import numpy as np
import polars as pl
import pytest

from analysis.linear_models.scores.classes import CLASS_SCORES
from analysis.metrics import MEV, classification_scores, regression_scores
from analysis.runs.comparison import compare_metrics
from analysis.runs.score_errors import class_influence, sample_influence

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
            **{"model": "m", "split": "s", "fold": 0, "label": ""},
            **{"sample_id": ["a", "b"], "target": [1.0, 2.0], "prediction": [1.0, 2.0]},
        }
    )
    moved = rows.with_columns(prediction=pl.Series([2.0, 2.0]))
    found = compare_metrics((scores, scores), (rows, moved), mean_of_folds=False)
    assert found["standard_error"].item() == pytest.approx(error)
