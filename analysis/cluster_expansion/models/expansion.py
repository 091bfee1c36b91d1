"""Cluster expansions as scikit-learn estimators that are exact for the pure elements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import BayesianRidge
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.cluster_expansion.models.ridge import (
    LeastSquares,
    LeaveOneOutRidge,
    RelevanceRegression,
)
from analysis.cluster_expansion.models.sparse import (
    SEARCHED_RATIOS,
    AdaptiveLasso,
    PathElasticNet,
    make_ridge,
)
from analysis.cluster_expansion.models.weighted import WeightedRidge
from analysis.datasets import FloatArray

ARD_TOLERANCE = 0.01
"""Change of all coefficients together at which ARD stops, in units of the target's deviation."""
FIT_ERRORS = (ArithmeticError, ValueError)
"""What a fit raises that cannot be made, numpy's LinAlgError among it."""
LEAST_SCALE = 1e-9
"""Deviation of a column below which it is constant but for rounding."""
Inner = Sequence[tuple[Any, Any]]
"""Folds inside a training part that choose hyperparameters: indices of training and test."""


class ClusterExpansion(RegressorMixin, BaseEstimator):
    """A linear model of formation energies on cluster vectors, 0 for the pure elements.

    A formation energy is measured from the line that joins the pure elements. Measured from
    the same line, a correlation becomes φ - 1 if its cluster has an even number of sites
    and φ - φ_point if odd: both vanish in either element, and so does any sum of them.
    The zerolet and the point follow from the others and are never penalised. Where the parent has
    inequivalent sites, φ_point is the mean over all of them; each sublattice's own point but the
    first's is one of the columns.

    Args:
        estimator: A linear regressor without intercept, fitted to energies scaled to unit
            standard deviation.
        cluster_orders: Sites per cluster of each column, shape (n_features,): 0 for the
            zerolet first, 1 for the points next, then any.
        standardise: Whether the estimator sees columns scaled to unit standard deviation.
        point_weights: Sites of each sublattice in the primitive cell, shape (n_points,).

    Attributes:
        parameters_: Shape (n_features,), in the unit of the target: `X @ parameters_`
            predicts.
        estimator_: The fitted regressor, with a coefficient for each column from the third.
        scale_: Standard deviation in training of each column from the third, measured from
            the line, shape (n_features - 2,).
        target_scale_: Standard deviation of the energies in training.
    """

    def __init__(
        self,
        estimator: Any,
        cluster_orders: Sequence[int],
        standardise: bool = True,
        point_weights: Sequence[float] = (1.0,),
    ) -> None:
        self.estimator = estimator
        self.cluster_orders = cluster_orders
        self.standardise = standardise
        self.point_weights = point_weights

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
        columns, target = self.scale(X, y)
        self.estimator_ = clone(self.estimator).fit(columns, target)
        self.parameters_ = self.to_parameters(self.estimator_.coef_)
        if not np.isfinite(self.parameters_).all():
            raise ArithmeticError("its parameters are not finite")
        # Every penalty is least without parameters, so no minimum is further from the energies.
        if ((columns @ self.estimator_.coef_ - target) ** 2).sum() > 1.01 * (target**2).sum():
            raise ArithmeticError("its parameters fit the energies worse than none do")
        return self

    def scale(self, X: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Measure `scale_` and `target_scale_`; return what the regressor sees of `X` and `y`."""
        columns = measure_from_line(X, np.asarray(self.cluster_orders), self.point_weights)
        self.scale_ = columns.std(axis=0)
        self.scale_[self.scale_ < LEAST_SCALE] = 1.0
        self.target_scale_ = float(y.std()) or 1.0
        return (columns / self.scale_ if self.standardise else columns), y / self.target_scale_

    def predict(self, X: FloatArray) -> FloatArray:
        """Energies of cluster vectors `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.parameters_)

    def columns(self, X: FloatArray) -> FloatArray:
        """What the regressor sees of cluster vectors `X`, shape (n_samples, n_features - 2)."""
        columns = measure_from_line(X, np.asarray(self.cluster_orders), self.point_weights)
        return columns / self.scale_ if self.standardise else columns

    def to_parameters(self, coefficients: FloatArray) -> FloatArray:
        """Parameters (..., n_features) of the regressor's coefficients (..., n_features - 2)."""
        free = coefficients * self.target_scale_
        if self.standardise:
            free = free / self.scale_
        is_odd = np.asarray(self.cluster_orders)[2:] % 2 == 1
        shares = np.asarray(self.point_weights, dtype=float) / sum(self.point_weights)
        zerolet, point = (-free[..., mask].sum(axis=-1) for mask in (~is_odd, is_odd))
        parameters = np.concatenate([zerolet[..., None], 0 * zerolet[..., None], free], axis=-1)
        parameters[..., 1 : 1 + len(shares)] += point[..., None] * shares
        return parameters


def measure_from_line(
    X: FloatArray, orders: Any, point_weights: Sequence[float] = (1.0,)
) -> FloatArray:
    """Correlations from the third on, measured from the line that joins the pure elements.

    `point_weights` are the sites of each sublattice in the primitive cell: see `ClusterExpansion`.
    """
    shares = np.asarray(point_weights, dtype=float) / sum(point_weights)
    point = X[:, 1 : 1 + len(shares)] @ shares
    return np.asarray((X - np.where(orders % 2 == 1, point[:, None], X[:, 0:1]))[:, 2:])


def wrap(estimator: Any, orbits: pl.DataFrame, *, standardise: bool = True) -> ClusterExpansion:
    """Make the cluster expansion on `orbits` whose coefficients `estimator` finds.

    `orbits` describes the columns of the cluster vectors: cluster_order, radius, multiplicity.
    """
    points = orbits.filter(pl.col("cluster_order") == 1)["multiplicity"].to_list()
    return ClusterExpansion(estimator, orbits["cluster_order"].to_list(), standardise, points)


def make_model(method: str, orbits: pl.DataFrame, inner: Inner) -> ClusterExpansion:
    """Make the cluster expansion on `orbits` whose parameters `method` fits; see `METHODS`."""
    estimator = METHODS[method](orbits[2:], inner)
    return wrap(estimator, orbits, standardise=method != "weighted_ridge")


def read_hyperparameters(model: ClusterExpansion) -> dict[str, float]:
    """Return what a fitted `model` chose for itself, and how much of it is left.

    Strength and noise are in units of the scaled energies, `noise_energy` in that of the target.
    """
    estimator = model.estimator_
    if isinstance(estimator, WeightedRidge):
        chosen = dict(estimator.hyperparameters_)
    elif isinstance(estimator, RelevanceRegression):
        chosen = {"noise": estimator.alpha_**-0.5}
    elif isinstance(estimator, BayesianRidge):
        chosen = {"strength": estimator.lambda_ / estimator.alpha_, "noise": estimator.alpha_**-0.5}
    else:
        names = {"strength": "alpha_", "l1_ratio": "l1_ratio_", "rank": "rank_"}
        chosen = {
            name: getattr(estimator, attribute)
            for name, attribute in names.items()
            if hasattr(estimator, attribute)
        }
    if "noise" in chosen:
        chosen["noise_energy"] = chosen["noise"] * model.target_scale_
    counts = {"free": len(estimator.coef_), "non_zero": np.count_nonzero(estimator.coef_)}
    return {name: float(value) for name, value in (chosen | counts).items()}


def is_at_edge(model: ClusterExpansion) -> bool:
    """Whether a fitted `model` chose the strongest or weakest strength that it could."""
    estimator = model.estimator_
    if isinstance(estimator, PathElasticNet):
        grid = estimator.alphas_[list(estimator.l1_ratios).index(estimator.l1_ratio_)]
    elif isinstance(estimator, LeaveOneOutRidge):
        grid = np.asarray(estimator.alphas)
    else:
        return False
    return bool(np.isclose(estimator.alpha_, [grid.min(), grid.max()]).any())


METHODS: Mapping[str, Callable[[pl.DataFrame, Inner], Any]] = {
    "least_squares": lambda orbits, inner: LeastSquares(),
    "ridge": lambda orbits, inner: make_ridge(),
    "lasso": lambda orbits, inner: PathElasticNet((1.0,), inner),
    "adaptive_lasso": lambda orbits, inner: AdaptiveLasso(inner),
    "elastic_net": lambda orbits, inner: PathElasticNet(SEARCHED_RATIOS, inner),
    "ard": lambda orbits, inner: RelevanceRegression(ARD_TOLERANCE),
    "bayesian_ridge": lambda orbits, inner: BayesianRidge(fit_intercept=False),
    "weighted_ridge": lambda orbits, inner: WeightedRidge(
        orbits["cluster_order"].to_list(),
        orbits["radius"].to_list(),
        orbits["multiplicity"].to_list(),
    ),
}
"""Linear regressors by name, given the orbits of their columns and inner folds. Each chooses its
hyperparameters from what it is fitted to and nothing else: ridge by leaving one out, which has a
closed form; lasso, adaptive lasso and elastic net by the inner folds; the Bayesian ones and
weighted ridge by how likely they make the training energies."""
