"""Ways to fit numbers, against scikit-learn and a general minimiser, and their intervals."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import random as random_sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, QuantileRegressor, Ridge
from sklearn.metrics import mean_pinball_loss

from analysis.linear_models import product
from analysis.linear_models.design import Design
from analysis.linear_models.intervals import LEAST_IN_BIN, Intervals, place_edges
from analysis.linear_models.kinds import NumberMethod
from analysis.linear_models.methods import METHODS
from analysis.linear_models.product import fit_along, fit_product
from analysis.linear_models.scaling import ScaledDesign
from analysis.linear_models.scores.numbers import pinball_losses
from analysis.linear_models.solvers import mixture
from analysis.linear_models.solvers.huber import MANY, LinearFit, fit_huber
from analysis.linear_models.solvers.mixture import fit_mixed
from analysis.linear_models.solvers.samples import NumberSamples
from analysis.runs import choice

HUBER = METHODS[NumberMethod.HUBER]


def problem(n=300, n_sparse=20, n_dense=3, noise=0.3, seed=0):
    rng = np.random.default_rng(seed)
    sparse = random_sparse(n, n_sparse, 0.2, "csr", np.float32, rng)
    design = Design(sparse, rng.normal(size=(n, n_dense)).astype(np.float32))
    weights = rng.normal(size=n_sparse + n_dense)
    y = design.times(weights) + 1 + noise * rng.standard_t(2, size=n)
    return design, y, np.hstack([sparse.toarray(), design.dense]).astype(float), weights


def test_ridge_is_that_of_scikit_learn():
    design, y, X, _ = problem()
    ours = fit_huber(NumberSamples.of(design, y), 3.0)
    theirs = Ridge(alpha=3.0).fit(X, y)
    assert ours.weights == pytest.approx(theirs.coef_, abs=0.01)
    assert ours.intercept == pytest.approx(theirs.intercept_, abs=0.01)


def test_huber_ends_at_the_minimum():
    design, y, X, _ = problem()

    def loss(w):
        errors = np.abs(y - X @ w[:-1] - w[-1])
        near = np.minimum(errors, 0.1)
        return (near * (errors - near / 2)).sum() + 1.0 / 2 * w[:-1] @ w[:-1]

    ours = fit_huber(NumberSamples.of(design, y), 1.0, 0.1)
    least = minimize(loss, np.zeros(X.shape[1] + 1), method="L-BFGS-B", options={"maxfun": 50_000})
    assert loss(np.append(ours.weights, ours.intercept)) == pytest.approx(least.fun, rel=3e-3)


@pytest.mark.parametrize(("threshold", "quantile"), [(np.inf, 0.5), (0.1, 0.5), (0.1, 0.8)])
def test_a_fit_to_censored_samples_ends_at_the_minimum(threshold, quantile):
    """Of a sample at the bound no sum is too low; a quantile's smooth loss is least beside 0."""
    design, y, X, _ = problem()
    y = np.maximum(y, 0)
    slope = 2 * quantile - 1
    cheapest = -slope * threshold if slope else 0

    def loss(w):
        errors = y - X @ w[:-1] - w[-1]
        errors[(y == 0) & (errors > cheapest)] = cheapest
        near = np.minimum(np.abs(errors), threshold)
        leaning = slope * threshold * errors.sum() if slope else 0
        return (near * (np.abs(errors) - near / 2)).sum() + leaning + w[:-1] @ w[:-1] / 2

    samples = NumberSamples.of(design, y, lowest=0.0)
    ours = fit_huber(samples, 1.0, threshold, enough=1e-5, quantile=quantile)
    least = minimize(loss, np.zeros(X.shape[1] + 1), method="L-BFGS-B", options={"maxfun": 50_000})
    assert loss(np.append(ours.weights, ours.intercept)) == pytest.approx(least.fun, rel=1e-3)
    assert ours.predict(design).min() < -1


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_weights_of_a_bounded_sum_are_found_where_half_of_the_samples_lie_at_the_bound(method):
    design, y, _, weights = problem(noise=0.01)
    y = np.maximum(y - np.median(y), 0)
    bounded, free = (
        list(method.approach(NumberSamples.of(design, y, lowest=lowest), 1e-3, None, 1e-6))[-1]
        for lowest in (0.0, -np.inf)
    )
    assert np.abs(bounded.weights - weights).mean() < 0.1 < np.abs(free.weights - weights).mean()


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_fit_that_begins_at_the_least_loss_stays_there(method):
    design, y, _, _ = problem()
    samples = NumberSamples.of(design, np.maximum(y - np.median(y), 0), lowest=0.0)
    *_, least = method.approach(samples, 3.0, None, 1e-9)
    *_, again = method.approach(samples, 3.0, least, 1e-3)
    assert again.weights == pytest.approx(least.weights, abs=2e-3)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_bound_that_no_sample_touches_changes_nothing(method):
    design, y, _, _ = problem()
    bounded, free = (
        list(method.approach(NumberSamples.of(design, y, lowest=lowest), 3.0, None, 1e-3))[-1]
        for lowest in (y.min() - 1, -np.inf)
    )
    assert bounded.weights.tolist() == free.weights.tolist()


def test_a_fit_of_many_rows_ends_where_one_from_nothing_does():
    design, y, _, _ = problem(n=MANY)
    nothing = LinearFit(np.zeros(design.shape[1]), 0.0, 1.0, 0.1)
    ours = fit_huber(NumberSamples.of(design, y), 1.0, threshold=0.1)
    theirs = fit_huber(NumberSamples.of(design, y), 1.0, threshold=0.1, start=nothing)
    assert ours.weights == pytest.approx(theirs.weights, abs=0.01)
    assert ours.is_converged


@pytest.mark.parametrize("n", [300, MANY])
def test_samples_that_share_a_row_are_fitted_as_if_each_had_its_own(n):
    design, _, _, weights = problem(n=n // 2)
    of = np.random.default_rng(1).integers(n // 2, size=n)
    y = design.times(weights)[of] + np.random.default_rng(2).standard_t(2, size=n)
    for threshold in (0.1, np.inf):
        each = NumberSamples.of(design.take(of), y)
        own = fit_huber(each, 1.0, threshold, enough=1e-7)
        shared = fit_huber(replace(each, design=design, row=of), 1.0, threshold, enough=1e-7)
        assert shared.weights == pytest.approx(own.weights, abs=1e-3)


def test_equal_descriptors_are_found_and_stay_in_order():
    design, _, _, _ = problem(n=4)
    first, of = design.take(np.array([2, 0, 2, 1, 0])).merge(np.array([1, 2, 4, 3, 0]))
    assert first.tolist() == [0, 1, 3]  # Rows 0, 2 and 1 of the problem.
    assert of.tolist() == [0, 1, 0, 2, 1]


def test_a_low_threshold_gives_the_median_regression():
    design, y, X, _ = problem(n=150, n_sparse=5)
    theirs = QuantileRegressor(alpha=0, solver="highs").fit(X, y)
    ours = fit_huber(NumberSamples.of(design, y), 1e-6, 1e-3, enough=1e-6)

    def mean_size(fit):
        return np.abs(y - fit).mean()

    assert mean_size(ours.predict(design)) == pytest.approx(mean_size(theirs.predict(X)), rel=0.01)


@pytest.mark.parametrize("quantile", [0.1, 0.9])
def test_a_quantile_is_that_of_scikit_learn(quantile):
    design, y, X, _ = problem(n=300, n_sparse=5)
    theirs = QuantileRegressor(quantile=quantile, alpha=0, solver="highs").fit(X, y)
    ours = fit_huber(NumberSamples.of(design, y), 1e-6, 1e-2, enough=1e-7, quantile=quantile)

    def loss(said):
        return mean_pinball_loss(y, said, alpha=quantile)

    assert loss(ours.predict(design)) == pytest.approx(loss(theirs.predict(X)), rel=0.01)
    assert (y <= ours.predict(design)).mean() == pytest.approx(quantile, abs=0.03)
    own = pinball_losses(y, ours.predict(design), quantile)
    assert own.mean() == pytest.approx(loss(ours.predict(design)))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_sample_of_weight_two_is_two_samples(method):
    design, y, _, _ = problem()
    counts = np.where(np.arange(len(y)) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(len(y)), counts.astype(int))
    *_, one = method.approach(NumberSamples.of(design, y, counts), 30.0, None, 1e-7)
    repeated = NumberSamples.of(design.take(rows), y[rows])
    *_, other = method.approach(repeated, 30.0, None, 1e-7)
    assert one.weights == pytest.approx(other.weights, abs=5e-3)


def test_weights_in_another_unit_give_the_same_fit():
    design, y, _, _ = problem()
    rows, groups = np.arange(len(y)), np.arange(len(y)).astype(str)
    counts = 1 + np.arange(len(y)) % 5
    one, other = (
        fit_product(NumberSamples.of(design, y, of * counts), groups, rows, 0, [HUBER]).fitted
        for of in (1.0, 1000.0)
    )
    assert one.weights == pytest.approx(other.weights, abs=1e-9)


def test_an_elastic_net_takes_the_mixture_that_does_best_held_out():
    """Few descriptors of many count: the more L1, the better."""
    rng = np.random.default_rng(1)
    design, _, _, _ = problem(n=200, n_sparse=150)
    y = 3 * design.dense[:, 0] - 2 * design.dense[:, 1] + rng.normal(size=200)
    groups, rows = np.arange(200).astype(str), np.arange(200)
    net = METHODS[NumberMethod.ELASTIC_NET]
    few, many = replace(net, l1_ratio=0.95), replace(net, l1_ratio=0.05)
    for order in ((few, many), (many, few)):
        assert fit_product(NumberSamples.of(design, y), groups, rows, 0, order).method == few


def test_a_fit_that_ended_too_soon_says_so(monkeypatch):
    design, y, _, _ = problem()
    monkeypatch.setattr(mixture, "MOST_ROUNDS", 1)
    monkeypatch.setattr(mixture, "PASSES", 2)
    assert not fit_mixed(NumberSamples.of(design, y), 0.3, 1.0).is_converged


def test_fits_side_by_side_do_not_take_each_others_filters_away(monkeypatch):
    """To add a filter that is there takes it away for a moment, in which others would warn."""
    design, y, _, _ = problem()
    samples = NumberSamples.of(design, y)
    with warnings.catch_warnings(), monkeypatch.context() as patch:
        warnings.simplefilter("ignore", ConvergenceWarning)
        added = []
        patch.setattr(warnings, "simplefilter", lambda *words: added.append(words))
        assert fit_mixed(samples, 0.3, 1.0).is_converged
    assert ("ignore", ConvergenceWarning) not in added


@pytest.mark.parametrize("method", METHODS)
def test_targets_that_are_all_one_number_are_predicted_so(method):
    design, *_ = problem()
    *_, fitted = METHODS[method].approach(
        NumberSamples.of(design, np.full(300, 3.0)), 1.0, None, 1e-3
    )
    assert fitted.predict(design) == pytest.approx(3.0)


@pytest.mark.parametrize("unit", [1e-29, 1e22])
def test_descriptors_of_any_unit_are_scaled_to_one(unit):
    design, *_ = problem()
    train = np.arange(200)
    in_unit = Design(design.sparse, design.dense * np.float32(unit))
    scaled = ScaledDesign.of(in_unit, train, train[:0]).train.dense
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-5)


def test_outliers_move_it_less_than_ridge():
    design, y, _, weights = problem(noise=0.05)
    y[::10] += 20
    errors = [
        np.abs(fit_huber(NumberSamples.of(design, y), 0.1, threshold).weights - weights).max()
        for threshold in (0.1, np.inf)
    ]
    assert errors[0] < 0.3 < errors[1]


def test_another_unit_gives_the_same_fit():
    design, y, _, _ = problem()
    groups, rows = np.arange(len(y)).astype(str), np.arange(len(y))
    one, other = (
        fit_product(NumberSamples.of(design, factor * y), groups, rows, 0, [HUBER])
        for factor in (1.0, 1000.0)
    )
    assert one.fitted.strength == other.fitted.strength
    assert 1000 * one.predict(design) == pytest.approx(other.predict(design), rel=1e-3, abs=1)
    assert 1000 * one.intervals.overall == pytest.approx(other.intervals.overall, rel=1e-3)


def test_a_descriptor_that_hardly_varies_gets_no_weight():
    design, y, _, _ = problem()
    design.dense[:, 0] = 0
    design.dense[0, 0] = 1e-4
    fitted = next(fit_along(NumberSamples.of(design, y), np.arange(len(y)), [1.0], HUBER))
    assert fitted.fitted.weights[design.sparse.shape[1]] == 0


def test_what_is_never_negative_is_never_predicted_so():
    design, y, _, _ = problem()
    rows = np.arange(len(y))
    y = np.maximum(y, 0)
    bounded, free = (
        next(fit_along(NumberSamples.of(design, y, lowest=lowest), rows, [1.0], HUBER))
        for lowest in (0.0, -np.inf)
    )
    assert bounded.predict(design).min() == 0 > free.predict(design).min()


@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
def test_a_mixture_is_that_of_scikit_learn(l1_ratio):
    design, y, X, _ = problem()
    fitted = fit_mixed(NumberSamples.of(design, y), 30.0, l1_ratio)
    peer = ElasticNet(alpha=30.0 / len(y), l1_ratio=l1_ratio, tol=1e-8).fit(X, y)
    assert fitted.weights == pytest.approx(peer.coef_, abs=5e-3)
    assert 0 < np.count_nonzero(fitted.weights) < X.shape[1]


def test_every_method_finds_what_there_is():
    design, y, _, weights = problem(noise=0.01)
    groups, rows = np.arange(len(y)).astype(str), np.arange(len(y))
    for method in METHODS.values():
        fitted = fit_product(NumberSamples.of(design, y), groups, rows, 0, [method]).fitted
        assert fitted.weights == pytest.approx(weights, abs=0.1)


def test_strengths_given_up_on_the_way_change_nothing_but_the_cost(monkeypatch):
    design, y, _, _ = problem(n=400, n_sparse=300, noise=1.0)
    groups, rows = np.arange(len(y)).astype(str), np.arange(len(y))
    looks = []

    def fit(is_losing):
        monkeypatch.setattr(product, "is_losing", lambda *seen: looks.append(0) or is_losing(*seen))
        looks.clear()
        return fit_product(NumberSamples.of(design, y), groups, rows, 0, [HUBER]), len(looks)

    quick, few = fit(choice.is_losing)
    whole, many = fit(lambda *seen: False)
    assert few < many
    assert quick.fitted.weights.tolist() == whole.fitted.weights.tolist()
    assert quick.intervals.as_record() == whole.intervals.as_record()


def test_an_interval_is_as_wide_as_errors_of_such_predictions():
    """Errors of 1 % of what is predicted, for 0 to 100."""
    rng = np.random.default_rng(0)
    said = rng.uniform(0, 100, 5000)
    errors = 0.01 * said * rng.uniform(size=5000)
    intervals = Intervals.learn(said[::2], errors[::2])
    for low in (0, 50, 90):
        own = (said > low) & (said <= low + 10)
        held = (errors <= intervals.of(said))[1::2][own[1::2]].mean()
        assert held == pytest.approx(0.9, abs=0.06)
    assert intervals.of(np.array([95.0])) == pytest.approx(0.9 * 0.95, rel=0.1)
    assert Intervals.from_record(intervals.as_record()).of(said) == pytest.approx(
        intervals.of(said)
    )


def test_many_equal_predictions_share_an_interval():
    said = np.append(np.zeros(900), np.ones(100))
    intervals = Intervals.learn(said, np.append(np.full(900, 0.1), np.full(100, 5.0)))
    assert intervals.of(np.array([0.0, 1.0, 2.0])) == pytest.approx([0.1, 5.0, 5.0])
    assert Intervals.from_record(0.3).of(said[:2]) == pytest.approx([0.3, 0.3])


@pytest.mark.parametrize("n_distinct", range(2, 8))
def test_tied_predictions_leave_no_bin_empty(n_distinct):
    rng = np.random.default_rng(n_distinct)
    for n in (40, 150, 333, 2000):
        said = rng.choice(rng.uniform(size=n_distinct), n, p=rng.dirichlet(np.ones(n_distinct)))
        edges = place_edges(said, 10, LEAST_IN_BIN)
        counts = np.bincount(np.searchsorted(edges, said, side="right"), minlength=len(edges) + 1)
        assert counts.min() >= min(n, LEAST_IN_BIN)
        assert set(edges) <= set(said)
        Intervals.learn(said, rng.uniform(size=n))
    two = Intervals.learn(np.repeat([0.0, 1.0], [50, 100]), np.repeat([0.1, 5.0], [50, 100]))
    assert two.of(np.array([0.0, 1.0])) == pytest.approx([0.1, 5.0])


def test_predictions_at_the_bound_have_an_interval_of_their_own():
    """A quarter are 0, so that the third tenth has some, and errors of all others are larger."""
    said = np.append(np.zeros(250), np.linspace(0.01, 3, 750))
    intervals = Intervals.learn(said, np.where(said == 0, 0.1, 1.0))
    assert intervals.of(np.array([0.0, 0.01, 3.0])) == pytest.approx([0.1, 1.0, 1.0])
