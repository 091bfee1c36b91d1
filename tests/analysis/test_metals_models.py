"""The classifier's coefficients, how its strength is chosen, and its calibration."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack

from analysis.metals.models import STRENGTHS, fit_classifier, fit_logistic
from analysis.metals.tuning import deviations


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    X = csr_matrix((rng.uniform(size=(2000, 3)) < 0.4).astype(float))
    logit = X @ np.array([3.0, -2.0, 0.0]) - 0.5
    y = (rng.uniform(size=2000) < 1 / (1 + np.exp(-logit))).astype(float)
    return X, y


def test_planted_coefficients_are_recovered(samples):
    X, y = samples
    fitted = fit_logistic(X, y, strength=100.0)
    np.testing.assert_allclose(fitted.coefficients, [3.0, -2.0, 0.0], atol=0.4)
    assert fitted.intercept == pytest.approx(-0.5, abs=0.3)


def test_the_fit_is_at_a_minimum_by_its_gradient(samples):
    X, y = samples
    fitted = fit_logistic(X, y, strength=1.0, tolerance=1e-6)

    # By hand: the penalised mean loss does not fall in any direction.
    def loss(coefficients, intercept):
        margin = (2 * y - 1) * (X @ coefficients + intercept)
        return np.logaddexp(0, -margin).mean() + coefficients @ coefficients / (2 * len(y))

    least = loss(fitted.coefficients, fitted.intercept)
    for step in np.eye(3) * 1e-3:
        assert loss(fitted.coefficients + step, fitted.intercept) > least
        assert loss(fitted.coefficients - step, fitted.intercept) > least
    assert fitted.gradient < 2e-6


def test_a_fit_that_stopped_early_is_refused(samples, monkeypatch):
    import sklearn.linear_model

    X, y = samples

    class Lazy(sklearn.linear_model.LogisticRegression):
        def fit(self, X, y):
            self.coef_, self.intercept_ = np.zeros((1, X.shape[1])), np.zeros(1)
            return self

    monkeypatch.setattr(sklearn.linear_model, "LogisticRegression", Lazy)
    with pytest.raises(ValueError, match="has not converged"):
        fit_logistic(X, y, strength=1.0)


def test_a_constant_descriptor_gets_a_finite_coefficient(samples):
    X, y = samples
    constant = hstack([X, csr_matrix(np.ones((2000, 1)))], format="csr")
    fitted = fit_classifier(constant, y, np.arange(2000), seed=0)
    assert np.isfinite(fitted.coefficients).all()
    assert deviations(constant)[-1] == 1.0  # nothing to divide by
    np.testing.assert_allclose(deviations(constant)[:3], X.toarray().std(axis=0))


def test_choice_of_strength_keeps_groups_together():
    # Within a group all have one label, a coin's toss: only a choice that has seen the test groups
    # would trust the group's column.
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), 10)
    y = rng.integers(0, 2, 60)[groups].astype(float)
    memory = csr_matrix(np.eye(60)[groups])
    assert min(STRENGTHS) == fit_classifier(memory, y, groups, seed=0).strength
    assert max(STRENGTHS) == fit_classifier(memory, y, np.arange(600), seed=0).strength


def test_calibration_undoes_overconfidence():
    # A hundred columns of noise make the logit too large; calibration must shrink it.
    rng = np.random.default_rng(2)
    X = csr_matrix((rng.uniform(size=(400, 100)) < 0.3).astype(float))
    y = (rng.uniform(size=400) < 0.5).astype(float)
    fitted = fit_classifier(X, y, np.arange(400), seed=0)
    assert fitted.slope < 0.5
    assert fitted.calibrated(X).std() < fitted.probability(X).std()
