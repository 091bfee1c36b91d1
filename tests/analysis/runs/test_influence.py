"""Standard errors of differences are those of a bootstrap, without one."""

import numpy as np
import pytest

from analysis.metrics import classification_scores, regression_scores
from analysis.runs.score_errors import sample_influence

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
    draws = RANDOM.integers(N, size=(200, N))
    gaps = [score(target[d], second[d]) - score(target[d], first[d]) for d in draws]
    assert moved.std() / np.sqrt(N) == pytest.approx(np.std(gaps), rel=0.15)


def test_a_maximum_has_none():
    assert sample_influence("max_error", ENERGIES, ENERGIES) is None
