"""Cluster expansions as scikit-learn estimators that are exact for the pure elements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import BayesianRidge
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.cluster_expansion.models.mixing_ratios import SEARCHED_RATIOS
from analysis.cluster_expansion.models.pure_elements import (
    Functions,
    count_elements,
    find_member_part,
    find_pure_part,
    first_functions,
)
from analysis.cluster_expansion.models.ridge import (
    LeastSquares,
    LeaveOneOutRidge,
    RelevanceRegression,
)
from analysis.cluster_expansion.models.sparse import (
    AdaptiveLasso,
    PathElasticNet,
    make_ridge,
)
from analysis.cluster_expansion.models.weighted import WeightedRidge
from analysis.datasets import FloatArray
from warehouse.conventions.point_functions import MEMBERS

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

    A formation energy is measured from the pure elements. Measured from them as well, a correlation
    of two elements becomes φ - 1 if its cluster has an even number of sites and φ - φ_point if
    odd: both vanish in either element, and so does any sum of them (`pure_elements` has it for
    any number). The zerolet and the points follow from the others and are never penalised. Where
    the parent has inequivalent sites, φ_point is the mean over all of them; each sublattice's own
    points but the first's are among the columns.

    Args:
        estimator: A linear regressor without intercept, fitted to energies scaled to unit
            standard deviation.
        cluster_orders: Sites per cluster of each column, shape (n_features,): 0 for the
            zerolet first, 1 for the points next, then any.
        standardise: Whether the estimator sees columns scaled to unit standard deviation.
        point_weights: Sites of each point's sublattice in the primitive cell, shape (n_points,).
        functions: The point functions of each column's cluster; default: of two elements.
        members: Cluster vectors of the end members, for alloys where several sublattices have
            several species; the others' follow from `functions`.

    Attributes:
        parameters_: Shape (n_features,), in the unit of the target: `X @ parameters_`
            predicts.
        estimator_: The fitted regressor, with a coefficient for each column but as many of the
            first as there are elements.
        scale_: Standard deviation in training of each of these columns, measured from the pure
            elements, shape (n_features - n_elements,).
        target_scale_: Standard deviation of the energies in training.
    """

    def __init__(
        self,
        estimator: Any,
        cluster_orders: Sequence[int],
        standardise: bool = True,
        point_weights: Sequence[float] = (1.0,),
        functions: Functions | None = None,
        members: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self.estimator = estimator
        self.cluster_orders = cluster_orders
        self.standardise = standardise
        self.point_weights = point_weights
        self.functions = functions
        self.members = members

    @property
    def n_elements(self) -> int:
        """How many pure elements, or other end members, the model is exact for."""
        return len(self.members) if self.members else count_elements(self._functions)

    @property
    def _functions(self) -> Functions:
        return self.functions or first_functions(self.cluster_orders)

    @property
    def _part(self) -> FloatArray:
        """What the first columns have of the end members: see `pure_elements`."""
        if self.members:
            return find_member_part(np.array(self.members))
        return find_pure_part(self._functions, self.point_weights)

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
        columns = self.measure(X)
        self.scale_ = columns.std(axis=0)
        self.scale_[self.scale_ < LEAST_SCALE] = 1.0
        self.target_scale_ = float(y.std()) or 1.0
        return (columns / self.scale_ if self.standardise else columns), y / self.target_scale_

    def predict(self, X: FloatArray) -> FloatArray:
        """Energies of cluster vectors `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.parameters_)

    def columns(self, X: FloatArray) -> FloatArray:
        """What the regressor sees of cluster vectors `X`: (n_samples, n_features - n_elements)."""
        columns = self.measure(X)
        return columns / self.scale_ if self.standardise else columns

    def to_parameters(self, coefficients: FloatArray) -> FloatArray:
        """Parameters (..., n_features) of the regressor's coefficients, one for each column."""
        free = coefficients * self.target_scale_
        if self.standardise:
            free = free / self.scale_
        n_elements, part = self.n_elements, self._part
        parameters = np.zeros((*free.shape[:-1], part.shape[1]))
        parameters[..., n_elements:] = free
        parameters[..., : len(part)] -= free @ part[:, n_elements:].T
        return parameters

    def measure(self, X: FloatArray) -> FloatArray:
        """Correlations but the first `n_elements`, measured from the pure elements."""
        part = self._part
        return np.asarray((X - X[:, : len(part)] @ part)[:, self.n_elements :])


def wrap(estimator: Any, orbits: pl.DataFrame, *, standardise: bool = True) -> ClusterExpansion:
    """Make the cluster expansion on `orbits` whose coefficients `estimator` finds.

    `orbits` describes the columns of the cluster vectors: cluster_order, radius, multiplicity,
    point_functions, which are NULL of two elements, and the correlation of each end member, which
    is NULL unless several sublattices have several species.
    """
    points = orbits.filter(pl.col("cluster_order") == 1)["multiplicity"].to_list()
    told = orbits["point_functions"] if "point_functions" in orbits.columns else None
    functions = None if told is None or told.is_null().any() else told.to_list()
    of_members = orbits[MEMBERS] if MEMBERS in orbits.columns else None
    members = None if of_members is None or of_members.is_null().any() else of_members.to_list()
    orders = orbits["cluster_order"].to_list()
    return ClusterExpansion(
        estimator, orders, standardise, points, functions, members and [*zip(*members, strict=True)]
    )


def make_model(method: str, orbits: pl.DataFrame, inner: Inner) -> ClusterExpansion:
    """Make the cluster expansion on `orbits` whose parameters `method` fits; see `METHODS`."""
    model = wrap(None, orbits, standardise=method != "weighted_ridge")
    model.estimator = METHODS[method](orbits[model.n_elements :], inner)
    return model


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
