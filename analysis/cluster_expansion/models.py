"""Cluster expansions as scikit-learn estimators that are exact for the pure elements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import ElasticNetCV, LassoCV, LinearRegression, RidgeCV
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.datasets import FloatArray

RIDGE_STRENGTHS = np.logspace(-4, 3, 36)
L1_RATIOS = (0.2, 0.5, 0.8)
INNER_FOLDS = 5


class ClusterExpansion(RegressorMixin, BaseEstimator):
    """A linear model of formation energies on cluster vectors, exactly 0 for pure elements.

    A formation energy is measured from the line that joins the pure elements. Measured from
    the same line, a correlation becomes φ - 1 if its cluster has an even number of sites
    and φ - φ_point if odd: both vanish in either element, and so does any sum of them.
    The zerolet and the point follow from the others and are never penalised.

    Args:
        estimator: A linear regressor without intercept, fitted to the columns scaled to
            unit standard deviation.
        cluster_orders: Sites per cluster of each column, shape (n_features,): 0 for the
            zerolet first, 1 for the point second, then any.

    Attributes:
        parameters_: Shape (n_features,), in the unit of the target: `X @ parameters_`
            predicts.
        estimator_: The fitted regressor.
        scale_: Standard deviation of each column in training, shape (n_features,).

    """

    def __init__(self, estimator: Any, cluster_orders: Sequence[int]) -> None:
        self.estimator = estimator
        self.cluster_orders = cluster_orders

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to cluster vectors `X`, shape (n_samples, n_features), and energies `y`."""
        X, y = validate_data(self, X, y, y_numeric=True)
        orders = np.asarray(self.cluster_orders)
        if len(orders) != X.shape[1] or tuple(orders[:2]) != (0, 1):
            raise ValueError(
                f"X has {X.shape[1]} columns and cluster_orders has {len(orders)} entries that "
                f"begin with {tuple(self.cluster_orders[:2])}; wanted one each, "
                "beginning with (0, 1)"
            )
        is_odd = orders % 2 == 1
        mixing = X - np.where(is_odd, X[:, 1:2], X[:, 0:1])
        self.scale_ = mixing.std(axis=0)
        self.scale_[self.scale_ == 0.0] = 1.0
        self.estimator_ = clone(self.estimator).fit((mixing / self.scale_)[:, 2:], y)
        parameters = np.concatenate([[0.0, 0.0], self.estimator_.coef_]) / self.scale_
        parameters[0] = -parameters[~is_odd].sum()
        parameters[1] = -parameters[is_odd].sum()
        self.parameters_ = parameters
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Energies of cluster vectors `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.parameters_)


def make_model(method: str, cluster_orders: Sequence[int], seed: int) -> ClusterExpansion:
    """Make the cluster expansion whose parameters `method` fits; see `METHODS`."""
    inner = KFold(INNER_FOLDS, shuffle=True, random_state=seed)
    return ClusterExpansion(METHODS[method](inner), cluster_orders)


def read_hyperparameters(model: ClusterExpansion) -> dict[str, Any]:
    """Return what the inner cross-validation of a fitted `model` chose, and what is left of it."""
    estimator = model.estimator_
    chosen = {
        "strength": getattr(estimator, "alpha_", None),
        "l1_ratio": getattr(estimator, "l1_ratio_", None),
        "rank": getattr(estimator, "rank_", None),
    }
    non_zero = int(np.count_nonzero(model.parameters_))
    return {k: float(v) for k, v in chosen.items() if v is not None} | {"non_zero": non_zero}


def _sparse(inner: KFold, l1_ratios: Sequence[float]) -> Any:
    """Elastic net along a path of strengths down to 0.3 % of the one that leaves nothing."""
    path = {"alphas": 30, "eps": 3e-3, "tol": 1e-3, "precompute": True, "max_iter": 100_000}
    if list(l1_ratios) == [1.0]:
        return LassoCV(fit_intercept=False, cv=inner, **path)
    return ElasticNetCV(l1_ratio=list(l1_ratios), fit_intercept=False, cv=inner, **path)


METHODS: Mapping[str, Callable[[KFold], Any]] = {
    "least_squares": lambda inner: LinearRegression(fit_intercept=False),
    "ridge": lambda inner: RidgeCV(RIDGE_STRENGTHS, fit_intercept=False),
    "lasso": lambda inner: _sparse(inner, [1.0]),
    "elastic_net": lambda inner: _sparse(inner, L1_RATIOS),
}
"""Linear regressors by name; each chooses its strength by cross-validation on what it is
fitted to, and on nothing else (ridge leaves one out, which has a closed form)."""
