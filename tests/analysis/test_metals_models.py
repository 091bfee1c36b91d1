"""The classifier's coefficients, and how its strength is chosen."""

import numpy as np
import polars as pl
import pytest

from analysis.metals.models import STRENGTHS, fit_classifier, natural_coefficients
from analysis.metals.study import element_fractions


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    X = rng.normal([0, 100, -3], [1, 20, 0.1], (600, 3))
    logit = 2 * X[:, 0] - (X[:, 1] - 100) / 20
    y = (rng.uniform(size=600) < 1 / (1 + np.exp(-logit))).astype(float)
    return X, y


def test_natural_coefficients_give_the_classifiers_probability(samples):
    X, y = samples
    classifier = fit_classifier(X.copy(), y, np.arange(len(y)), seed=0)
    coefficients, scales, intercept = natural_coefficients(classifier)
    probability = 1 / (1 + np.exp(-(X @ coefficients + intercept)))
    np.testing.assert_allclose(probability, classifier.predict_proba(X)[:, 1], atol=1e-12)
    np.testing.assert_allclose(scales, X.std(axis=0))


def test_signs_of_planted_coefficients_are_recovered(samples):
    X, y = samples
    coefficients, scales, _ = natural_coefficients(
        fit_classifier(X.copy(), y, np.arange(len(y)), seed=0)
    )
    standardised = coefficients * scales
    assert standardised[0] > 1
    assert standardised[1] < -0.5
    assert abs(standardised[2]) < 0.3


def test_choice_of_strength_keeps_groups_together():
    # Within a group the label is the first feature's sign, which differs between groups: only a
    # choice that has seen the test groups would trust it.
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), 10)
    y = rng.integers(0, 2, 60)[groups].astype(float)
    memory = np.eye(60)[groups] + rng.normal(0, 0.01, (600, 60))
    assert min(STRENGTHS) == fit_classifier(memory.copy(), y, groups, seed=0)[-1].C_
    shuffled = rng.permutation(600)
    assert max(STRENGTHS) == fit_classifier(memory.copy(), y, shuffled, seed=0)[-1].C_


def test_element_fractions_are_spread_by_symbol():
    rows = pl.DataFrame(
        {"elements": [["Au", "Cu"], ["Cu"]], "atomic_fractions": [[0.25, 0.75], [1.0]]}
    )
    fractions = element_fractions(rows, ["Ag", "Au", "Cu"])
    np.testing.assert_array_equal(fractions, [[0.0, 0.25, 0.75], [0.0, 0.0, 1.0]])
