"""The physics on top of scikit-learn's regressors."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import (
    ARDRegression,
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LinearRegression,
    Ridge,
    RidgeCV,
)
from sklearn.model_selection import KFold
from sklearn.utils.estimator_checks import parametrize_with_checks

from analysis.cluster_expansion.models.expansion import ClusterExpansion, wrap
from analysis.cluster_expansion.models.inner_scores import inner_error, leave_out
from analysis.cluster_expansion.models.methods import METHODS, make_model, read_hyperparameters
from analysis.cluster_expansion.models.ridge import (
    LeastSquares,
    LeaveOneOutRidge,
    RelevanceRegression,
)
from analysis.cluster_expansion.models.rows import condition, posterior_variance, reduce_rows
from analysis.cluster_expansion.models.sparse import (
    PATIENCE,
    RIDGE_STRENGTHS,
    AdaptiveLasso,
    PathElasticNet,
    follow_errors,
    follow_paths,
    make_strengths,
    sum_part,
)
from analysis.cluster_expansion.models.weighted import (
    PRIOR_WIDTH,
    START,
    WeightedRidge,
    _negative_log_posterior,
    draw_posterior,
)
from tests.support.planted import plant
from warehouse.conventions.point_functions import point_functions

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


def test_least_squares_goes_on_where_the_quick_way_does_not_end(monkeypatch):
    X, y = np.random.default_rng(0).normal(size=(12, 30)), np.arange(12.0)
    wanted = LeastSquares().fit(X, y)

    def fails(*arguments, **named):
        raise np.linalg.LinAlgError("SVD did not converge in Linear Least Squares")

    monkeypatch.setattr(LinearRegression, "fit", fails)
    found = LeastSquares().fit(X, y)
    np.testing.assert_allclose(found.coef_, wanted.coef_, atol=1e-12)
    assert (found.rank_, found.intercept_) == (wanted.rank_, 0.0)


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


@parametrize_with_checks(
    [
        WeightedRidge(),
        PathElasticNet((0.5, 1.0), 3),
        AdaptiveLasso(3),
        LeaveOneOutRidge(),
        RelevanceRegression(),
    ]
)
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
    shared = {"l1_ratio": list(ratios), "cv": 5, "fit_intercept": False, "tol": 1e-8}
    # Every second strength of the 59 steps down to 3e-4 times the strongest.
    theirs = ElasticNetCV(alphas=30, eps=3e-4 ** (58 / 59), **shared).fit(X, y)
    np.testing.assert_allclose(ours.alphas_[:, :30], theirs.alphas_)
    followed = np.isfinite(ours.mse_path_[:, :30])
    np.testing.assert_allclose(
        ours.mse_path_[:, :30][followed], theirs.mse_path_[followed], rtol=1e-4
    )
    assert (ours.alpha_, ours.l1_ratio_) == pytest.approx((theirs.alpha_, theirs.l1_ratio_))
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)


@pytest.mark.parametrize("ratio", [0.2, 1.0])
def test_a_path_reaches_its_minimum_where_columns_are_collinear(ratio):
    data = plant(1, 5e-4)
    frame = wrap(LinearRegression(fit_intercept=False), data.orbits).fit(data.X, data.y)
    X, y = frame.columns(data.X), data.y / frame.target_scale_
    assert np.linalg.matrix_rank(X) < X.shape[1] or np.linalg.cond(X) > 10
    strengths = make_strengths(X, y, (ratio,))[:, ::10]
    (path,) = follow_paths(X, y, (ratio,), strengths)
    for strength, ours in zip(strengths[0], path.T, strict=True):
        exact = ElasticNet(
            strength, l1_ratio=ratio, fit_intercept=False, tol=1e-10, max_iter=1_000_000
        )
        theirs = exact.fit(X, y).coef_

        def objective(w, strength=strength):
            penalty = ratio * np.abs(w).sum() + (1 - ratio) / 2 * w @ w
            return np.mean((X @ w - y) ** 2) / 2 + strength * penalty

        assert objective(ours) <= objective(theirs) * (1 + 1e-7)


def test_equal_columns_share_a_coefficient():
    rng = np.random.default_rng(9)
    X = rng.normal(size=(30, 3))
    twice = np.hstack([X, X])
    y = X @ [1.0, -1.0, 0.0]
    (path,) = follow_paths(twice, y, (1.0,), np.array([[1.0, 0.1, 1e-3]]))
    np.testing.assert_allclose(path[:3, -1], path[3:, -1], atol=1e-4)
    np.testing.assert_allclose(path[:3, -1] + path[3:, -1], [1.0, -1.0, 0.0], atol=5e-3)


def test_a_path_ends_where_its_error_has_long_risen():
    rng = np.random.default_rng(10)
    X, y = rng.normal(size=(40, 30)), rng.normal(size=40)
    errors = follow_errors(
        [sum_part(X[:20], y[:20], X[20:], y[20:])], 1.0, np.geomspace(10, 1e-6, 60)
    )
    n_followed = int(np.isfinite(errors).sum())
    assert n_followed < 60
    assert np.nanargmin(errors) == n_followed - 1 - PATIENCE


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [1, 2])
def test_energies_without_noise_give_the_planted_interactions_exactly(method, seed):
    data = plant(seed, 0.0)
    model = make_model(method, data.orbits, data.inner).fit(data.X, data.y)
    np.testing.assert_allclose(model.predict(data.X), data.y, atol=1e-6)


def test_weighted_ridge_never_steps_where_it_has_no_factor():
    # Pairs alone, no noise, more rows than directions: evidence grows without bound.
    rng = np.random.default_rng(17)
    X = np.repeat(rng.choice([-1.0, 0.0, 1.0], (20, 30)), 3, axis=0)
    y = X[:, 0] * 0.03
    model = WeightedRidge([2] * 30, np.linspace(1, 4, 30), [6] * 30).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-7)


def test_rows_are_reduced_without_a_change_of_what_is_likely():
    rng = np.random.default_rng(18)
    X, y = rng.normal(size=(40, 6)), rng.normal(size=40)
    rows = reduce_rows(X, y)
    assert rows.X.shape == (6, 6)
    covariance = X @ X.T + 0.3 * np.eye(40)
    few = rows.X @ rows.X.T + 0.3 * np.eye(6)
    whole = y @ np.linalg.solve(covariance, y) + np.linalg.slogdet(covariance)[1]
    reduced = rows.y @ np.linalg.solve(few, rows.y) + np.linalg.slogdet(few)[1]
    reduced += rows.outside / 0.3 + rows.n_outside * np.log(0.3)
    assert whole == pytest.approx(reduced)


SHAPES = pytest.mark.parametrize("shape", [(60, 25), (25, 60)], ids=["tall", "wide"])


def sparse_samples(shape):
    """Correlated columns, a tenth of which matter."""
    rng = np.random.default_rng(19)
    X = rng.normal(size=shape) + rng.normal(size=(shape[0], 1))
    return X, X[:, ::10].sum(axis=1) + rng.normal(0, 0.3, shape[0])


@SHAPES
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (LeastSquares(), LinearRegression(fit_intercept=False)),
        (LeaveOneOutRidge(RIDGE_STRENGTHS), RidgeCV(RIDGE_STRENGTHS, fit_intercept=False)),
        (RelevanceRegression(1e-3), ARDRegression(tol=1e-3, fit_intercept=False)),
    ],
    ids=["least squares", "ridge", "relevance"],
)
def test_the_smaller_system_has_the_solution_of_the_library(ours, theirs, shape):
    X, y = sparse_samples(shape)
    np.testing.assert_allclose(ours.fit(X, y).coef_, theirs.fit(X, y).coef_, atol=1e-8)
    if hasattr(theirs, "alpha_"):
        assert ours.alpha_ == pytest.approx(theirs.alpha_)


@SHAPES
def test_evidence_and_doubt_are_the_same_by_rows_and_by_columns(shape):
    X, y = sparse_samples(shape)
    prior, noise = np.linspace(0.1, 2.0, shape[1]), 0.3
    covariance = (X * prior) @ X.T + noise * np.eye(shape[0])
    known = X * prior
    posterior = np.diag(prior) - known.T @ np.linalg.solve(covariance, known)
    np.testing.assert_allclose(
        posterior_variance(X, prior, noise, np.eye(shape[1])), np.diag(posterior), atol=1e-12
    )
    design = np.column_stack(
        [2 * np.ones(shape[1]), *np.random.default_rng(20).normal(size=(3, shape[1]))]
    )
    theta = np.array([-0.2, 0.3, 0.1, -0.2, -0.5])
    rows = reduce_rows(X, y)
    value, slope = _negative_log_posterior(theta, design, rows)
    total = np.exp(2 * theta[4])
    covariance = (X * np.exp(design @ theta[:4])) @ X.T + total * np.eye(shape[0])
    names = WeightedRidge().names
    away = (theta - [START[name] for name in names]) / [PRIOR_WIDTH[name] for name in names]
    whole = y @ np.linalg.solve(covariance, y) + np.linalg.slogdet(2 * np.pi * covariance)[1]
    assert value == pytest.approx(0.5 * whole + 0.5 * away @ away, rel=1e-9)
    for place in range(5):
        step = np.eye(5)[place] * 1e-5
        ends = [_negative_log_posterior(theta + sign * step, design, rows)[0] for sign in (1, -1)]
        assert slope[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-4)


def test_a_second_sublattice_has_a_column_of_its_own():
    # Two point orbits of three and one sites: the elements lie at (1, 1, 1) and (1, -1, -1).
    X = np.array([[1.0, 1.0, -1.0, 0.2], [1.0, -1.0, 1.0, 0.1], [1.0, 0.5, 0.0, 0.4]])
    orders = (0, 1, 1, 2)
    model = ClusterExpansion(LinearRegression(fit_intercept=False), orders, True, (3, 1))
    # The mean occupation of the first row is (3 - 1) / 4.
    np.testing.assert_allclose(model.measure(X)[0], [-1.0 - 0.5, 0.2 - 1.0])
    fitted = model.fit(X, np.array([0.01, -0.02, 0.03]))
    pure = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, -1.0, 1.0]])
    np.testing.assert_allclose(fitted.predict(pure), 0.0, atol=1e-14)
    # Exchanging the sublattices' order changes no prediction.
    swapped = ClusterExpansion(LinearRegression(fit_intercept=False), orders, True, (1, 3))
    order = [0, 2, 1, 3]
    np.testing.assert_allclose(
        swapped.fit(X[:, order], np.array([0.01, -0.02, 0.03])).predict(X[:, order]),
        fitted.predict(X),
        atol=1e-12,
    )


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


def test_noise_is_kept_in_the_unit_of_the_energies_that_were_fitted():
    X = cluster_vectors(60, seed=21)
    y = 0.02 * X[:, 2] - 0.02 + np.random.default_rng(22).normal(0, 0.004, 60)
    for method in ("weighted_ridge", "bayesian_ridge", "ard"):
        told = read_hyperparameters(make_model(method, ORBITS, INNER).fit(X, y))
        assert told["noise_energy"] == pytest.approx(0.004, rel=0.3)
    # Structures left out change the spread, not what a number of eV means.
    told = read_hyperparameters(make_model("weighted_ridge", ORBITS, INNER).fit(X[:40], y[:40]))
    assert told["noise_energy"] == pytest.approx(told["noise"] * y[:40].std())


def test_columns_need_their_geometry():
    with pytest.raises(ValueError, match="X has 6 columns"):
        WeightedRidge([2, 2]).fit(cluster_vectors(30, seed=14), np.zeros(30))


@pytest.mark.parametrize("n_columns", [8, 40])
def test_leaving_out_is_refitting_to_the_others(n_columns):
    rng = np.random.default_rng(15)
    X, y = rng.normal(size=(30, n_columns)), rng.normal(size=30)
    parts = np.array_split(rng.permutation(30), 5)
    errors = leave_out(X, y, np.full(n_columns, 2.0), 0.7, parts)
    for part in parts:
        rest = np.setdiff1d(np.arange(30), part)
        model = Ridge(0.7 / 2.0, fit_intercept=False).fit(X[rest], y[rest])
        np.testing.assert_allclose(errors[part], y[part] - model.predict(X[part]), atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_errors_inside_a_training_part_have_the_unit_of_the_energies(method):
    X = cluster_vectors(40, seed=1)
    y = X @ [0.0, 0.0, 0.02, 0.01, 0.005, 0.0] + np.random.default_rng(2).normal(0, 0.003, 40)
    in_ev, in_mev = (
        inner_error(make_model(method, ORBITS, INNER).fit(X, energies), X, energies, INNER)
        for energies in (y, 1000 * y)
    )
    assert in_mev == pytest.approx(1000 * in_ev, rel=1e-3)


def test_each_inner_fold_of_the_adaptive_lasso_has_weights_of_its_own_training_part():
    rng = np.random.default_rng(16)
    X, y = rng.normal(size=(40, 60)), rng.normal(size=40)
    model = AdaptiveLasso(INNER).fit(X, y)
    for number, (train, test) in enumerate(INNER):
        ridge = RidgeCV(RIDGE_STRENGTHS, fit_intercept=False).fit(X[train], y[train])
        weights = np.abs(ridge.coef_)
        n = int(np.isfinite(model.mse_path_[0, :, number]).sum())
        (path,) = follow_paths(X[train] * weights, y[train], (1.0,), model.alphas_[:, :n])
        errors = np.mean(((X[test] * weights) @ path - y[test, None]) ** 2, axis=0)
        np.testing.assert_allclose(model.mse_path_[0, :n, number], errors)
    # There is nothing to learn: no strength may look better than predicting zero by much.
    assert np.nanmin(model.mse_path_.mean(axis=-1)) > 0.8 * np.mean(y**2)


def test_parameters_that_fit_worse_than_none_are_no_fit():
    class Diverged(LinearRegression):
        def fit(self, X, y):
            super().fit(X, y)
            self.coef_ = self.coef_ * 1e4
            return self

    X = np.random.default_rng(0).normal(size=(12, 4))
    with pytest.raises(ArithmeticError, match="worse than none"):
        ClusterExpansion(Diverged(fit_intercept=False), (0, 1, 2, 2)).fit(X, X @ [0, 0, 1.0, 2.0])


def test_an_expansion_of_three_elements_is_exact_for_each():
    # Zerolet, the points of both functions, and pairs of the functions 0-0, 0-1 and 1-1 of fcc's
    # nearest neighbours: of a pure element each is the product of its own values.
    functions = [[], [0], [1], [0, 0], [0, 1], [1, 1]]
    values = point_functions(3)
    pure = np.array([[np.prod(values[i, f]) for f in functions] for i in range(3)])
    X = np.random.default_rng(0).uniform(-1, 1, (12, 6))
    X[:, 0] = 1
    orders = [len(chosen) for chosen in functions]
    model = ClusterExpansion(LinearRegression(fit_intercept=False), orders, True, (1, 1), functions)
    columns = model.measure(np.vstack([pure, X]))
    np.testing.assert_allclose(columns[:3], 0, atol=1e-14)
    # A third of each element: points vanish, and with them goes the mean of the pure correlations.
    equal = model.measure(np.array([[1.0, 0, 0, 0.3, 0.2, 0.1]]))
    np.testing.assert_allclose(equal[0], [0.3, 0.2, 0.1] - pure[:, 3:].mean(axis=0))
    planted = np.array([0.5, -0.2, 0.3])
    fitted = model.fit(X, columns[3:] @ planted)
    np.testing.assert_allclose(fitted.predict(pure), 0, atol=1e-14)
    np.testing.assert_allclose(fitted.predict(X), columns[3:] @ planted, atol=1e-12)
