"""Cluster expansions as scikit-learn estimators that are exact for the pure elements."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.cluster_expansion.models.evidence import learn_likeness
from analysis.cluster_expansion.models.likeness import FunctionTurn, multiply_columns
from analysis.cluster_expansion.models.noise import relative_noise
from analysis.cluster_expansion.models.pure_elements import (
    Functions,
    count_elements,
    find_element_shares,
    find_member_part,
    find_pure_part,
    first_functions,
    share_points,
)
from analysis.datasets import FloatArray
from warehouse.conventions.point_functions import MEMBERS

LEAST_SCALE = 1e-9
"""Deviation of a column below which it is constant but for rounding."""


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
        turn: Turns the point functions of the columns, for an estimator that is a weighted ridge.
        by_concentration: Whether the estimator also sees the columns times each concentration,
            told by the points' correlations: then interactions change with it.

    Attributes:
        parameters_: Shape (n_features,), in the unit of the target: `X @ parameters_`
            predicts.
        estimator_: The fitted regressor, with a coefficient for each column but as many of the
            first as there are elements.
        slopes_: What parameters change with the correlation of each of the first features after
            the zerolet, which are points: shape (n_points, n_features) if `by_concentration`, else
            (0, n_features). `parameters_` are those where these correlations are 0.
        learned_: Prior and noise of three elements or more, learned where there is a `turn`.
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
        turn: FunctionTurn | None = None,
        by_concentration: bool = False,
    ) -> None:
        self.estimator = estimator
        self.cluster_orders = cluster_orders
        self.standardise = standardise
        self.point_weights = point_weights
        self.functions = functions
        self.members = members
        self.turn = turn
        self.by_concentration = by_concentration

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
        estimator, self.learned_ = clone(self.estimator), None
        if self.turn:
            points, shares = self._points(X), self.shares(X)
            found = learn_likeness(columns, points, shares, target, self.turn, estimator)
            self.learned_ = found
            estimator.set_params(known=[0.0] * (len(estimator.names) - 1) + [np.log(found.noise)])
        columns, target = self.rows(X, y)
        self.estimator_ = estimator.fit(columns, target)
        self.parameters_ = self.to_parameters(self.estimator_.coef_)
        self.slopes_ = self.to_slopes(self.estimator_.coef_)
        if not (np.isfinite(self.parameters_).all() and np.isfinite(self.slopes_).all()):
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
        X = validate_data(self, X, reset=False)
        changes = (X @ self.slopes_.T * X[:, 1 : 1 + len(self.slopes_)]).sum(axis=1)
        return np.asarray(X @ self.parameters_ + changes)

    def columns(self, X: FloatArray) -> FloatArray:
        """What the regressor sees of cluster vectors `X`, shape (n_samples, n_columns).

        The features but the first `n_elements`, unless they are turned, and those times the
        concentrations where these change the interactions.
        """
        columns = self.measure(X)
        return self._complete(X, columns / self.scale_ if self.standardise else columns)

    def rows(self, X: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the regressor is fitted to: `columns` and scaled energies of one noise.

        Where noise differs, each row is divided by its deviation.
        """
        deviation = np.sqrt(self.row_noise(X))
        return self.columns(X) / deviation[:, None], y / self.target_scale_ / deviation

    def row_noise(self, X: FloatArray) -> FloatArray:
        """Variance of each row's noise in units of the training rows' mean, shape (n_samples,)."""
        if not self.learned_:
            return np.ones(len(X))
        return relative_noise(self.shares(X), self.learned_.pair_noise)

    def shares(self, X: FloatArray) -> FloatArray:
        """Of each element's atoms, shape (n_samples, n_elements)."""
        return find_element_shares(X, self._functions, self.point_weights)

    def to_parameters(self, coefficients: FloatArray) -> FloatArray:
        """Parameters (..., n_features) of the regressor's coefficients (..., n_columns)."""
        constant = coefficients[..., : coefficients.shape[-1] // (1 + self._n_points)]
        return self._to_features(constant)

    def to_slopes(self, coefficients: FloatArray) -> FloatArray:
        """What parameters change with each point, (..., n_points, n_features), as `slopes_`."""
        each = coefficients.reshape(*coefficients.shape[:-1], 1 + self._n_points, -1)
        turned = self._swing.T @ each[..., 1:, :]
        return self._to_features(self._point_shares @ turned if self._n_points else turned)

    def _to_features(self, coefficients: FloatArray) -> FloatArray:
        if self.turn and self.learned_:
            coefficients = self.turn.turn_back(coefficients, self.learned_.factors)
        free = coefficients * self.target_scale_
        if self.standardise:
            free = free / self.scale_
        n_elements, part = self.n_elements, self._part
        parameters = np.zeros((*free.shape[:-1], part.shape[1]))
        parameters[..., n_elements:] = free
        parameters[..., : len(part)] -= free @ part[:, n_elements:].T
        return parameters

    def _complete(self, X: FloatArray, columns: FloatArray) -> FloatArray:
        """The `columns`, turned and times the concentrations, if there is to be either."""
        if self.turn and self.learned_:
            columns = self.turn.turn(columns, self.learned_.factors)
        if not self.by_concentration:
            return columns
        return multiply_columns(columns, self._points(X) @ self._swing.T)

    @property
    def _n_points(self) -> int:
        return self.n_elements - 1 if self.by_concentration else 0

    @property
    def _swing(self) -> FloatArray:
        """What multiplies the concentrations, shape (n_points, n_points)."""
        return self.learned_.swing if self.learned_ else np.eye(self._n_points)

    def _points(self, X: FloatArray) -> FloatArray:
        """The concentrations that change interactions, shape (n_samples, n_elements - 1)."""
        if not self.by_concentration:
            return np.zeros((len(X), 0))
        return np.asarray(X[:, 1 : 1 + len(self._point_shares)] @ self._point_shares)

    @property
    def _point_shares(self) -> FloatArray:
        """Which mean of the points each concentration is, shape (n_points, n_elements - 1)."""
        if self.members:
            return np.eye(self._n_points)
        return share_points(self._functions, self.point_weights)

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
