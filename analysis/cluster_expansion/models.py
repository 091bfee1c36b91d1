"""Cluster expansions as scikit-learn estimators that are exact for the pure elements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import ElasticNetCV, LassoCV, LinearRegression, RidgeCV
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.datasets import FloatArray

GRIDS: Mapping[str, Any] = {
    "ridge_strengths": [float(strength) for strength in np.logspace(-4, 3, 36)],
    "l1_ratios": [0.05, 0.5],
    "n_strengths": 20,
    "weakest_strength": 3e-4,
    "tolerance": 1e-3,
    "inner_folds": 5,
}
"""What hyperparameters are chosen from. Lasso and elastic net follow a path of `n_strengths`
from the strength that leaves nothing down to `weakest_strength` times it, far enough that the
best one lies inside; their tolerance is the duality gap relative to the energies' square."""


class ClusterExpansion(RegressorMixin, BaseEstimator):
    """A linear model of formation energies on cluster vectors, 0 for the pure elements.

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
        estimator_: The fitted regressor, with a coefficient for each column from the third.
        scale_: Standard deviation in training of each column from the third, measured from
            the line, shape (n_features - 2,).
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
        mixing = (X - np.where(is_odd, X[:, 1:2], X[:, 0:1]))[:, 2:]
        self.scale_ = mixing.std(axis=0)
        self.scale_[self.scale_ == 0.0] = 1.0
        self.estimator_ = clone(self.estimator).fit(mixing / self.scale_, y)
        parameters = np.concatenate([[0.0, 0.0], self.estimator_.coef_ / self.scale_])
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
    inner = KFold(GRIDS["inner_folds"], shuffle=True, random_state=seed)
    return ClusterExpansion(METHODS[method](inner), cluster_orders)


def read_hyperparameters(model: ClusterExpansion) -> dict[str, float]:
    """Return what a fitted `model` chose for itself, and how much of it is left."""
    estimator = model.estimator_
    chosen = {
        "strength": getattr(estimator, "alpha_", None),
        "l1_ratio": getattr(estimator, "l1_ratio_", None),
        "rank": getattr(estimator, "rank_", None),
        "free": len(estimator.coef_),
        "non_zero": np.count_nonzero(estimator.coef_),
    }
    return {name: float(value) for name, value in chosen.items() if value is not None}


def is_at_edge(model: ClusterExpansion) -> bool:
    """Whether a fitted `model` chose the strongest or weakest strength that it could."""
    estimator = model.estimator_
    if not hasattr(estimator, "alpha_"):
        return False
    grid = np.asarray(getattr(estimator, "alphas_", estimator.alphas))
    if grid.ndim == 2:
        grid = grid[estimator.l1_ratio.index(estimator.l1_ratio_)]
    return bool(np.isclose(estimator.alpha_, [grid.min(), grid.max()]).any())


def _path(inner: KFold) -> dict[str, Any]:
    """Settings of the path of strengths that lasso and elastic net share."""
    return {
        "fit_intercept": False,
        "cv": inner,
        "alphas": GRIDS["n_strengths"],
        "eps": GRIDS["weakest_strength"],
        "tol": GRIDS["tolerance"],
        "precompute": True,
        "max_iter": 100_000,
    }


METHODS: Mapping[str, Callable[[KFold], Any]] = {
    "least_squares": lambda inner: LinearRegression(fit_intercept=False),
    "ridge": lambda inner: RidgeCV(GRIDS["ridge_strengths"], fit_intercept=False),
    "lasso": lambda inner: LassoCV(**_path(inner)),
    "elastic_net": lambda inner: ElasticNetCV(l1_ratio=GRIDS["l1_ratios"], **_path(inner)),
}
"""Linear regressors by name; each chooses its strength by cross-validation on what it is
fitted to, and on nothing else (ridge leaves one out, which has a closed form)."""
