"""Penalties that set parameters to exactly zero, chosen along paths of strengths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.cluster_expansion.models.active_sets import walk_strengths
from analysis.cluster_expansion.models.mixing_ratios import L1_RATIOS
from analysis.cluster_expansion.models.ridge import LeaveOneOutRidge
from analysis.cluster_expansion.models.rows import ReducedRows, reduce_rows
from analysis.datasets import FloatArray

N_STRENGTHS = 60
WEAKEST_STRENGTH = 3e-4
"""A path that is shown runs from the strength that leaves nothing down to this times it."""
SEARCH_STEP = 2
"""Every second of them is tried where a strength is chosen: neighbours hardly differ."""
N_SEARCHED = 70
"""Strengths that may be tried there: of energies without noise the best is as weak as it can be,
some 1e-8 times the strongest."""
PATIENCE = 6
"""Strengths without a lower validation error after which no weaker one is tried."""
REFIT_STEP = 2
"""Those on the way to the chosen one: every second."""
LEAST_GAIN = 1e-3
"""Share by which a mean squared error must fall to count as lower."""
RIDGE_STRENGTHS = tuple(float(strength) for strength in np.logspace(-4, 3, N_STRENGTHS))


class PathElasticNet(RegressorMixin, BaseEstimator):
    """Elastic net without intercept, its strength and mixing ratio chosen by cross-validation.

    As scikit-learn's ElasticNetCV, but every strength is solved to rounding (see `active_sets`),
    and a path ends where the error on the inner folds has long passed its lowest.

    Args:
        l1_ratios: Mixing ratios to choose from; 1 alone is the lasso.
        inner: Folds that choose: a number or pairs of (training, test) indices.

    Attributes:
        coef_: Shape (n_features,).
        alpha_: The strength that was chosen.
        l1_ratio_: The mixing ratio that was chosen.
        alphas_: Strengths to choose from, shape (n_ratios, n_strengths).
        mse_path_: Mean squared error on each inner fold, shape (n_ratios, n_strengths, n_folds);
            NaN where a path had ended.
        weights_: What each column is multiplied by before it is penalised, shape (n_features,).
    """

    def __init__(self, l1_ratios: Sequence[float] = L1_RATIOS, inner: Any = 5) -> None:
        self.l1_ratios = l1_ratios
        self.inner = inner

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        self.weights_ = self._weigh(X, y)
        columns = X * self.weights_
        self.alphas_ = search_strengths(columns, y, self.l1_ratios)
        parts = []
        for train, test in check_cv(self.inner).split(X, y):
            weights = self._weigh(X[train], y[train])
            parts.append(sum_part(X[train] * weights, y[train], X[test] * weights, y[test]))
        self.mse_path_ = np.stack(
            [
                follow_errors(parts, ratio, alphas)
                for ratio, alphas in zip(self.l1_ratios, self.alphas_, strict=True)
            ]
        )
        mean = self.mse_path_.mean(axis=-1)
        ratio, strength = divmod(int(np.nanargmin(mean)), N_SEARCHED)
        self.alpha_ = float(self.alphas_[ratio, strength])
        self.l1_ratio_ = float(self.l1_ratios[ratio])
        self.coef_ = self.refit(X, y)
        return self

    def refit(self, X: FloatArray, y: FloatArray) -> FloatArray:
        """Coefficients of other samples, with the strength, ratio and weights that were chosen."""
        columns = X * self.weights_
        (strengths,) = search_strengths(columns, y, (self.l1_ratio_,))
        stronger = strengths[strengths > self.alpha_][::REFIT_STEP]
        way = np.append(stronger, self.alpha_)[None]
        (path,) = follow_paths(columns, y, (self.l1_ratio_,), way)
        return np.asarray(self.weights_ * path[:, -1])

    def predict(self, X: FloatArray) -> FloatArray:
        """Targets of `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.coef_)

    def _weigh(self, X: FloatArray, y: FloatArray) -> FloatArray:
        """Weights of the columns, from what is fitted to and nothing else."""
        return np.ones(X.shape[1])


class AdaptiveLasso(PathElasticNet):
    """Lasso that penalises less what ridge found large (Zou 2006, 10.1198/016214506000000735).

    Each inner fold is scored with weights of its own training part.

    Args:
        inner: Folds that choose: a number or pairs of (training, test) indices.
    """

    def __init__(self, inner: Any = 5) -> None:
        super().__init__(l1_ratios=(1.0,), inner=inner)

    def _weigh(self, X: FloatArray, y: FloatArray) -> FloatArray:
        """The size of each coefficient that ridge finds."""
        ridge = make_ridge().fit(X, y)
        return np.asarray(np.abs(ridge.coef_))


def make_ridge() -> LeaveOneOutRidge:
    """Ridge that chooses its strength by leave-one-out errors."""
    return LeaveOneOutRidge(RIDGE_STRENGTHS)


def make_strengths(
    X: FloatArray, y: FloatArray, l1_ratios: Sequence[float], weakest: float = WEAKEST_STRENGTH
) -> FloatArray:
    """Falling strengths for each mixing ratio, shape (n_ratios, N_STRENGTHS).

    The first is the weakest that leaves no coefficient: the largest |Xᵀy| / (n · ratio). The last
    is `weakest` times it.
    """
    return _fall(X, y, l1_ratios, weakest ** (np.arange(N_STRENGTHS) / (N_STRENGTHS - 1)))


def search_strengths(X: FloatArray, y: FloatArray, l1_ratios: Sequence[float]) -> FloatArray:
    """Likewise those to choose from, shape (n_ratios, N_SEARCHED): coarser, and much further."""
    places = SEARCH_STEP * np.arange(N_SEARCHED)
    return _fall(X, y, l1_ratios, WEAKEST_STRENGTH ** (places / (N_STRENGTHS - 1)))


def _fall(
    X: FloatArray, y: FloatArray, l1_ratios: Sequence[float], steps: FloatArray
) -> FloatArray:
    strongest = (np.abs(X.T @ y).max() or 1.0) / len(y)
    return np.array([strongest / ratio * steps for ratio in l1_ratios])


def follow_paths(
    X: FloatArray, y: FloatArray, l1_ratios: Sequence[float], strengths: FloatArray
) -> FloatArray:
    """Coefficients along the path of each mixing ratio, shape (n_ratios, n_features, n_strengths).

    All share one Gram matrix.
    """
    gram, target = X.T @ X, X.T @ y
    return np.array(
        [
            np.transpose(list(walk_strengths(gram, target, _penalties(alphas, ratio, len(y)))))
            for ratio, alphas in zip(l1_ratios, strengths, strict=True)
        ]
    )


@dataclass(frozen=True)
class FoldSums:
    """What a path asks of its `n` training rows, XᵀX and Xᵀy, and the rows that test it."""

    gram: FloatArray
    target: FloatArray
    n: int
    test: ReducedRows


def sum_part(X: FloatArray, y: FloatArray, X_test: FloatArray, y_test: FloatArray) -> FoldSums:
    """Sums of products of the rows to train on, and the rows to test on, if many reduced."""
    is_tall = len(y_test) > X.shape[1]
    test = reduce_rows(X_test, y_test) if is_tall else ReducedRows(X_test, y_test, 0.0, 0)
    return FoldSums(X.T @ X, X.T @ y, len(y), test)


def follow_errors(parts: Sequence[FoldSums], l1_ratio: float, strengths: FloatArray) -> FloatArray:
    """Mean squared error on the test side of each of `parts`, shape (n_strengths, n_parts).

    All are followed side by side until no lower mean has come for a while; it is NaN from there on.
    """
    errors = np.full((len(strengths), len(parts)), np.nan)
    walks = [
        walk_strengths(part.gram, part.target, _penalties(strengths, l1_ratio, part.n))
        for part in parts
    ]
    lowest, place = np.inf, 0
    for number, found in enumerate(zip(*walks, strict=True)):
        errors[number] = [
            part.test.mean_square(coefficients)
            for part, coefficients in zip(parts, found, strict=True)
        ]
        if errors[number].mean() < (1 - LEAST_GAIN) * lowest:
            lowest, place = errors[number].mean(), number
        if number - place >= PATIENCE:
            break
    return errors


def _penalties(strengths: FloatArray, l1_ratio: float, n: int) -> Iterator[tuple[float, float]]:
    """The pairs of penalties (l1, l2) of a sum of squares that scikit-learn's alphas stand for."""
    for strength in strengths:
        yield n * float(strength) * l1_ratio, n * float(strength) * (1 - l1_ratio)
