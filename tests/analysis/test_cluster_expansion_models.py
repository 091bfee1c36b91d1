"""The physics on top of scikit-learn's regressors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import Lasso, LinearRegression, Ridge

from analysis.cluster_expansion.models import METHODS, ClusterExpansion, make_model

ORDERS = (0, 1, 2, 2, 3, 4)


def cluster_vectors(n_samples, seed):
    """Correlations that any structure has: 1 for the zerolet, |φ| ≤ 1 for the others."""
    X = np.random.default_rng(seed).uniform(-1, 1, (n_samples, len(ORDERS)))
    X[:, 0] = 1.0
    return X


def pure_elements():
    """All spins +1, and all spins -1: odd orders change their sign."""
    return np.array([np.ones(len(ORDERS)), [(-1.0) ** order for order in ORDERS]])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_method_is_exact_for_pure_elements(method):
    X = cluster_vectors(40, seed=1)
    y = np.random.default_rng(2).normal(0, 0.03, 40)
    model = make_model(method, ORDERS, seed=0).fit(X, y)
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
    model = make_model("ridge", ORDERS, seed=7)
    assert clone(model).get_params()["cluster_orders"] == ORDERS
