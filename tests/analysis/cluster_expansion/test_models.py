"""The physics on top of scikit-learn's regressors."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import ElasticNetCV, Lasso, LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import KFold
from sklearn.utils.estimator_checks import parametrize_with_checks

from analysis.cluster_expansion.models.expansion import METHODS, ClusterExpansion, make_model
from analysis.cluster_expansion.models.inner_scores import leave_out
from analysis.cluster_expansion.models.sparse import (
    PATH_TOLERANCE,
    RIDGE_STRENGTHS,
    AdaptiveLasso,
    PathElasticNet,
    follow_paths,
)
from analysis.cluster_expansion.models.weighted import WeightedRidge, condition, draw_posterior

ORDERS = (0, 1, 2, 2, 3, 4)
ORBITS = pl.DataFrame(
    {
        "cluster_order": ORDERS,
        "radius": [0.0, 0.0, 0.35, 0.5, 0.41, 0.43],
        "multiplicity": [1, 1, 6, 3, 8, 2],
    }
)
INNER = list(KFold(5, shuffle=True, random_state=0).split(np.zeros(40)))


def cluster_vectors(n_samples, seed):
    """Correlations that any structure has: 1 for the zerolet, |φ| ≤ 1 for the others."""
    X = np.random.default_rng(seed).uniform(-1, 1, (n_samples, len(ORDERS)))
    X[:, 0] = 1.0
    return X


def pure_elements():
    """All spins +1, and all spins -1: odd orders change their sign."""
    return np.array([np.ones(len(ORDERS)), [(-1.0) ** order for order in ORDERS]])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_exact_for_pure_elements(method):
    X = cluster_vectors(40, seed=1)
    y = np.random.default_rng(2).normal(0, 0.03, 40)
    model = make_model(method, ORBITS, INNER).fit(X, y)
    assert np.abs(model.predict(pure_elements())).max() < 1e-12


@given(st.integers(0, 2**32 - 1))
def test_least_squares_recovers_planted_parameters(seed):
    planted = np.random.default_rng(seed).normal(0, 0.01, len(ORDERS))
    is_odd = np.array(ORDERS) % 2 == 1
    planted[0] -= planted[~is_odd].sum()
    planted[1] -= planted[is_odd].sum()
    X = cluster_vectors(30, seed)
    model = ClusterExpansion(LinearRegression(fit_intercept=False), ORDERS).fit(X, X @ planted)
    np.testing.assert_allclose(model.parameters_, planted, atol=1e-10)


def test_swapping_species_flips_the_parameters_of_odd_orders():
    X = cluster_vectors(50, seed=3)
    y = np.random.default_rng(4).normal(0, 0.03, 50)
    signs = (-1.0) ** np.array(ORDERS)
    regressor = Ridge(1.0, fit_intercept=False)
    model = ClusterExpansion(regressor, ORDERS).fit(X, y)
    swapped = ClusterExpansion(regressor, ORDERS).fit(X * signs, y)
    np.testing.assert_allclose(swapped.parameters_, model.parameters_ * signs, atol=1e-12)


def test_zerolet_and_point_are_not_penalised():
    # A lasso that leaves no other parameter leaves the line between the elements: 0 everywhere.
    X = cluster_vectors(30, seed=5)
    model = ClusterExpansion(Lasso(1e6, fit_intercept=False), ORDERS).fit(X, X[:, 2])
    assert np.count_nonzero(model.parameters_) == 0
    # An energy that is a constant shift of even correlations is fitted however it is shifted.
    planted = np.array([-0.02, 0.0, 0.02, 0.0, 0.0, 0.0])
    model = ClusterExpansion(Ridge(1e-9, fit_intercept=False), ORDERS).fit(X, X @ planted)
    np.testing.assert_allclose(model.parameters_, planted, atol=1e-8)


def test_orders_must_describe_the_columns():
    X = cluster_vectors(30, seed=6)
    with pytest.raises(ValueError, match="X has 6 columns and cluster_orders has 3 entries"):
        ClusterExpansion(LinearRegression(), ORDERS[:3]).fit(X, X[:, 2])
    with pytest.raises(ValueError, match=r"begin with \(1, 0\)"):
        ClusterExpansion(LinearRegression(), (1, 0, 2, 2, 3, 4)).fit(X, X[:, 2])


def test_model_is_cloned_with_its_settings():
    model = make_model("ridge", ORBITS, INNER)
    assert clone(model).get_params()["cluster_orders"] == list(ORDERS)


@parametrize_with_checks([WeightedRidge(), PathElasticNet((0.5, 1.0), 3), AdaptiveLasso(3)])
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@pytest.mark.filterwarnings("ignore:Objective did not converge")
def test_estimators_keep_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def test_elastic_net_chooses_what_scikit_learn_chooses():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(60, 12))
    y = X[:, :3] @ [1.0, -2.0, 0.5] + rng.normal(0, 0.5, 60)
    ratios = (0.2, 0.6, 1.0)
    ours = PathElasticNet(ratios, 5).fit(X, y)
    theirs = ElasticNetCV(
        l1_ratio=list(ratios), alphas=60, eps=3e-4, cv=5, fit_intercept=False, tol=1e-6
    ).fit(X, y)
    np.testing.assert_allclose(ours.alphas_, theirs.alphas_)
    # The coarse paths may miss the lowest validation error, but not by much.
    errors = theirs.mse_path_.mean(axis=-1)
    chosen = (ours.alphas_ == ours.alpha_) & (np.array(ratios) == ours.l1_ratio_)[:, None]
    assert errors[chosen].item() < 1.02 * errors.min()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=0.05)


def test_a_path_begins_with_nothing_and_ends_near_least_squares():
    rng = np.random.default_rng(9)
    X = rng.normal(size=(80, 5))
    y = X @ [1.0, 0.0, -1.0, 2.0, 0.5]
    strengths = np.array([[10.0, 1.0, 0.1, 1e-6]])
    (path,) = follow_paths(X, y, (1.0,), strengths)
    assert np.count_nonzero(path[:, 0]) == 0
    # The tolerance is a share of y², twice of which bounds what is left of it.
    assert np.mean((X @ path[:, -1] - y) ** 2) < 2 * PATH_TOLERANCE * np.mean(y**2)


def test_weighted_ridge_is_a_gaussian_process_of_its_kernel():
    # scikit-learn's own Gaussian process, given the prior that was learned, predicts the same.
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import DotProduct

    X, y = cluster_vectors(40, seed=10), np.random.default_rng(11).normal(0, 0.03, 40)
    model = WeightedRidge(ORDERS, [0.3, 0.3, 0.35, 0.5, 0.41, 0.43], [1, 1, 6, 3, 8, 2]).fit(X, y)
    scaled = X * np.sqrt(model.prior_variance_)
    kernel = DotProduct(sigma_0=0, sigma_0_bounds="fixed")
    process = GaussianProcessRegressor(kernel, alpha=model.noise_, optimizer=None).fit(scaled, y)
    np.testing.assert_allclose(model.predict(X), process.predict(scaled), atol=1e-9)


def test_weighted_ridge_finds_that_wide_clusters_matter_less():
    rng = np.random.default_rng(12)
    radii = np.linspace(1, 4, 40)
    planted = rng.normal(0, radii**-3.0)
    X = rng.normal(size=(120, 40))
    y = X @ planted + rng.normal(0, 0.05, 120)
    model = WeightedRidge([2] * 40, radii, [1] * 40).fit(X, y)
    assert 4 < model.hyperparameters_["decay"] < 8  # the variance falls with twice the power 3
    assert model.hyperparameters_["noise"] == pytest.approx(0.05, rel=0.3)
    assert np.abs(model.coef_ - planted).max() < 0.05


def test_posterior_draws_have_the_posterior_mean_and_covariance():
    rng = np.random.default_rng(13)
    X, variance, noise = rng.normal(size=(6, 3)), np.array([1.0, 4.0, 0.25]), 0.5
    y = rng.normal(size=6)
    draws = draw_posterior(X, y, variance, noise, 40_000, rng)
    precision = X.T @ X / noise + np.diag(1 / variance)
    covariance = np.linalg.inv(precision)
    np.testing.assert_allclose(condition(X, y, variance, noise), covariance @ X.T @ y / noise)
    np.testing.assert_allclose(draws.mean(axis=0), covariance @ X.T @ y / noise, atol=0.03)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.03)


def test_columns_need_their_geometry():
    with pytest.raises(ValueError, match="X has 6 columns"):
        WeightedRidge([2, 2]).fit(cluster_vectors(30, seed=14), np.zeros(30))


def test_leaving_out_needs_no_refit():
    rng = np.random.default_rng(15)
    X, y = rng.normal(size=(30, 8)), rng.normal(size=30)
    parts = np.array_split(rng.permutation(30), 5)
    errors = leave_out(X, y, np.full(8, 2.0), 0.7, parts)
    for part in parts:
        rest = np.setdiff1d(np.arange(30), part)
        model = Ridge(0.7 / 2.0, fit_intercept=False).fit(X[rest], y[rest])
        np.testing.assert_allclose(errors[part], y[part] - model.predict(X[part]), atol=1e-10)


def test_each_inner_fold_of_the_adaptive_lasso_has_weights_of_its_own_training_part():
    rng = np.random.default_rng(16)
    X, y = rng.normal(size=(40, 60)), rng.normal(size=40)
    model = AdaptiveLasso(INNER).fit(X, y)
    for number, (train, test) in enumerate(INNER):
        ridge = RidgeCV(RIDGE_STRENGTHS, fit_intercept=False).fit(X[train], y[train])
        weights = np.abs(ridge.coef_)
        (path,) = follow_paths(X[train] * weights, y[train], (1.0,), model.alphas_)
        errors = np.mean(((X[test] * weights) @ path - y[test, None]) ** 2, axis=0)
        np.testing.assert_allclose(model.mse_path_[0, :, number], errors)
    # There is nothing to learn: no strength may look better than predicting zero by much.
    assert model.mse_path_.mean(axis=-1).min() > 0.8 * np.mean(y**2)
