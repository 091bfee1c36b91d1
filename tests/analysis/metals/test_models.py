"""The classifier's coefficients, how its strength is chosen, and its calibration."""

from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from analysis.metals.inquiries.tuning import deviations
from analysis.metals.models import newton
from analysis.metals.models.classifier import (
    STRENGTHS,
    choose_strength,
    fit_at_strength,
    fit_classifier,
    fit_rows,
)
from analysis.metals.models.elastic_net import minimise_mixed
from analysis.metals.models.training_rows import merge_equal_rows


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    X = csr_matrix((rng.uniform(size=(2000, 3)) < 0.4).astype(float))
    logit = X @ np.array([3.0, -2.0, 0.0]) - 0.5
    y = (rng.uniform(size=2000) < 1 / (1 + np.exp(-logit))).astype(float)
    return X, y


def test_planted_coefficients_are_recovered(samples):
    X, y = samples
    fitted = fit_at_strength(X, y, strength=100.0)
    np.testing.assert_allclose(fitted.coefficients, [3.0, -2.0, 0.0], atol=0.4)
    assert fitted.intercept == pytest.approx(-0.5, abs=0.3)


def test_the_fit_is_at_a_minimum_by_its_gradient(samples):
    X, y = samples
    fitted = fit_at_strength(X, y, strength=1.0, tolerance=1e-6)

    # By hand: the penalised mean loss does not fall in any direction.
    def loss(coefficients, intercept):
        margin = (2 * y - 1) * (X @ coefficients + intercept)
        return np.logaddexp(0, -margin).mean() + coefficients @ coefficients / (2 * len(y))

    least = loss(fitted.coefficients, fitted.intercept)
    for step in np.eye(3) * 1e-3:
        assert loss(fitted.coefficients + step, fitted.intercept) > least
        assert loss(fitted.coefficients - step, fitted.intercept) > least
    assert fitted.gradient < 2e-6


@pytest.mark.parametrize("as_matrix", [csr_matrix, np.asarray])
def test_the_minimum_is_that_of_scikit_learns_solver(as_matrix, samples):
    X, y = samples
    model = LogisticRegression(C=0.7, solver="newton-cholesky", tol=1e-12).fit(X.toarray(), y)
    fitted = fit_at_strength(as_matrix(X.toarray()), y, strength=0.7, tolerance=1e-10)
    np.testing.assert_allclose(fitted.coefficients, model.coef_[0], rtol=0, atol=1e-7)
    assert fitted.intercept == pytest.approx(model.intercept_[0], abs=1e-7)


@pytest.mark.parametrize("as_matrix", [csr_matrix, np.asarray])
def test_columns_that_add_up_alike_are_fitted_at_a_weak_penalty(as_matrix):
    """Four sets, of each of which one column is 1: single precision cannot tell them apart."""
    rng = np.random.default_rng(0)
    X = np.hstack([np.eye(8, dtype=np.float32)[rng.integers(8, size=8000)] for _ in range(4)])
    y = (rng.uniform(size=8000) < 0.3 + 0.4 * X[:, 0]).astype(float)
    fitted = fit_at_strength(as_matrix(X), y, strength=1e4, tolerance=2e-7)
    assert fitted.gradient < 4e-7  # rounding of single precision leaves up to 2.1e-7


def test_a_fit_that_stopped_early_is_refused(samples, monkeypatch):
    X, y = samples
    once = partial(newton.minimise, most_steps=1)
    monkeypatch.setattr(newton, "minimise", once)
    with pytest.raises(ValueError, match="has not converged"):
        fit_at_strength(X, y, strength=1.0)


def test_rare_descriptors_do_not_stay_where_the_fit_began():
    # Two of 100,000 samples have each, a metal and none: the gradient of the mean loss is 1e-5,
    # below the tolerance. A fit that began at 3 has to leave all the same: the minimum is at 0.
    y = np.zeros(100_000)
    y[::2] = 1
    X = csr_matrix((np.ones(2000), (np.arange(2000), np.arange(2000) // 2)), shape=(len(y), 1000))
    began = np.append(np.full(1000, 3.0), 0.0)
    weights = newton.minimise(X, y, 100.0, 1e-4, start=began)
    assert np.abs(weights).max() < 0.3


def test_a_descriptor_is_used_only_if_enough_of_the_training_rows_have_it(samples):
    X, y = samples
    shares = np.zeros((2000, 2))
    shares[:3, 0] = shares[:4, 1] = 1  # three rows have the first, one too few
    rare = hstack([X, csr_matrix(shares)], format="csr")
    for fitted in (fit_at_strength(rare, y, 1.0), fit_classifier(rare, y, np.arange(2000), seed=0)):
        assert (fitted.coefficients != 0).tolist() == [True, True, True, False, True]
        assert fitted.gradient < 1e-3


def test_equal_rows_count_once_with_their_number_and_mean_label(samples):
    X, y = samples
    rows = merge_equal_rows(X, y)
    assert rows.X.shape == (8, 3)  # three descriptors that are there or not
    assert rows.counts.sum() == 2000
    assert rows.counts @ rows.y == pytest.approx(y.sum())
    weights = np.arange(1.0, 2001.0)
    merged = fit_at_strength(X, y, 0.5, 1e-9, weights=weights)
    model = LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-12)
    model.fit(X.toarray(), y, sample_weight=weights)
    np.testing.assert_allclose(merged.coefficients, model.coef_[0], rtol=0, atol=1e-6)


def test_single_precision_has_the_same_minimum_within_the_tolerance(samples):
    X, y = samples
    single, double = (fit_at_strength(X.astype(kind), y, 0.2, 1e-5) for kind in ("f4", "f8"))
    np.testing.assert_allclose(single.coefficients, double.coefficients, rtol=0, atol=1e-4)
    assert single.probability(X).dtype == np.float64


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


def test_the_walk_to_weaker_penalties_ends_where_the_held_out_loss_rises(samples, monkeypatch):
    from analysis.metals.models import classifier as models

    X, y = samples
    noise = csr_matrix((np.random.default_rng(3).uniform(size=(2000, 500)) < 0.2).astype(float))
    X, rows = hstack([X, noise], format="csr"), np.arange(2000)
    asked = []

    def fit(rows, strength, *rest):
        asked.append(strength)
        return fit_rows(rows, strength, *rest)

    monkeypatch.setattr(models, "fit_rows", fit)
    best, logits = choose_strength(X, y, [(rows[:1500], rows[1500:])])
    assert asked == [0.1, 0.2, 0.05]  # weaker is worse, so that it turns to the stronger
    assert best.strength in (0.1, 0.05)
    assert len(logits) == 500


def test_calibration_undoes_overconfidence():
    # A hundred columns of noise make the logit too large; calibration must shrink it.
    rng = np.random.default_rng(2)
    X = csr_matrix((rng.uniform(size=(400, 100)) < 0.3).astype(float))
    y = (rng.uniform(size=400) < 0.5).astype(float)
    fitted = fit_classifier(X, y, np.arange(400), seed=0)
    assert fitted.slope < 0.5
    assert fitted.calibrated(X).std() < fitted.probability(X).std()


@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
def test_a_mixed_penalty_has_the_minimum_of_scikit_learns_saga(l1_ratio, samples):
    X, y = samples
    model = LogisticRegression(C=0.02, solver="saga", l1_ratio=l1_ratio, tol=1e-9, max_iter=5000)
    model.fit(X.toarray(), y)
    weights = minimise_mixed(X, y, 0.02, l1_ratio, 1e-7)
    np.testing.assert_allclose(weights[:-1], model.coef_[0], rtol=0, atol=2e-4)
    assert weights[-1] == pytest.approx(model.intercept_[0], abs=2e-3)


def test_many_dense_rows_have_the_minimum_of_all_though_few_tell_the_curvature():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2_000, 3))  # every sixth row tells the second derivatives
    y = (rng.uniform(size=2_000) < 1 / (1 + np.exp(-X @ [2.0, -1.0, 0.5]))).astype(float)
    assert len(X) > 2 * newton.ENOUGH_ROWS * X.shape[1]
    weights = newton.minimise(X, y, 1.0, 1e-9)
    sparse = newton.minimise(csr_matrix(X), y, 1.0, 1e-9)
    np.testing.assert_allclose(weights, sparse, rtol=0, atol=1e-6)
