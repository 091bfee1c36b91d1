"""Penalties that set parameters to exactly zero, chosen along paths of strengths."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import ElasticNet, RidgeCV, enet_path
from sklearn.model_selection import check_cv
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.datasets import FloatArray

N_STRENGTHS = 60
WEAKEST_STRENGTH = 3e-4
"""A path runs from the strength that leaves nothing down to this times it, far enough that the
best strength lies inside."""
L1_RATIOS = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RIDGE_STRENGTHS = tuple(float(strength) for strength in np.logspace(-4, 3, N_STRENGTHS))
PATH_TOLERANCE = 5e-3
"""Duality gap along the paths that choose, relative to the target's square. It is coarse since
only the place of the lowest validation error is wanted; what was chosen is solved anew."""
FINAL_TOLERANCE = 1e-5
SOLVER = {"selection": "random", "random_state": 0, "max_iter": 1_000_000}
"""Coordinate descent in random order, which needs a half to a third of the sweeps of the cyclic
one where columns are collinear."""


class PathElasticNet(RegressorMixin, BaseEstimator):
    """Elastic net without intercept, its strength and mixing ratio chosen by cross-validation.

    scikit-learn's ElasticNetCV does the same, but spends more on checking its inputs at every
    strength, and solves every strength as precisely as the one that is chosen.

    Args:
        l1_ratios: Mixing ratios to choose from; 1 alone is the lasso.
        inner: Folds that choose: a number or pairs of (training, test) indices.

    Attributes:
        coef_: Shape (n_features,).
        alpha_: The strength that was chosen.
        l1_ratio_: The mixing ratio that was chosen.
        alphas_: Strengths to choose from, shape (n_ratios, n_strengths).
        mse_path_: Mean squared error on each inner fold, shape (n_ratios, n_strengths, n_folds).
        weights_: What each column is multiplied by before it is penalised, shape (n_features,).
    """

    def __init__(self, l1_ratios: Sequence[float] = L1_RATIOS, inner: Any = 5) -> None:
        self.l1_ratios = l1_ratios
        self.inner = inner

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        self.weights_ = self._weigh(X, y)
        self.alphas_ = make_strengths(X * self.weights_, y, self.l1_ratios)
        folds = list(check_cv(self.inner).split(X, y))
        errors = []
        for train, test in folds:
            weights = self._weigh(X[train], y[train])
            paths = follow_paths(X[train] * weights, y[train], self.l1_ratios, self.alphas_)
            predicted = (X[test] * weights) @ paths
            errors.append(np.mean((predicted - y[test, None]) ** 2, axis=1))
        self.mse_path_ = np.stack(errors, axis=-1)
        mean = self.mse_path_.mean(axis=-1)
        ratio, strength = divmod(int(np.argmin(mean)), N_STRENGTHS)
        self.alpha_ = float(self.alphas_[ratio, strength])
        self.l1_ratio_ = float(self.l1_ratios[ratio])
        final = ElasticNet(
            self.alpha_,
            l1_ratio=self.l1_ratio_,
            fit_intercept=False,
            precompute=True,
            tol=FINAL_TOLERANCE,
            **SOLVER,
        )
        self.coef_ = self.weights_ * final.fit(X * self.weights_, y).coef_
        return self

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
        ridge = RidgeCV(RIDGE_STRENGTHS, fit_intercept=False).fit(X, y)
        return np.asarray(np.abs(ridge.coef_))


def make_strengths(X: FloatArray, y: FloatArray, l1_ratios: Sequence[float]) -> FloatArray:
    """Falling strengths for each mixing ratio, shape (n_ratios, N_STRENGTHS).

    The first is the weakest that leaves no coefficient: the largest |Xᵀy| / (n · ratio).
    """
    strongest = (np.abs(X.T @ y).max() or 1.0) / len(y)
    return np.array(
        [strongest / ratio * np.geomspace(1, WEAKEST_STRENGTH, N_STRENGTHS) for ratio in l1_ratios]
    )


def follow_paths(
    X: FloatArray,
    y: FloatArray,
    l1_ratios: Sequence[float],
    strengths: FloatArray,
    tolerance: float = PATH_TOLERANCE,
) -> FloatArray:
    """Coefficients along the path of each mixing ratio, shape (n_ratios, n_features, n_strengths).

    All share one Gram matrix, and each strength starts from the last one's solution; `tolerance`
    bounds the duality gap relative to the target's square.
    """
    X = np.asfortranarray(X)
    gram, target = X.T @ X, X.T @ y
    paths = [
        enet_path(
            X,
            y,
            l1_ratio=ratio,
            alphas=alphas,
            precompute=gram,
            Xy=target,
            tol=tolerance,
            check_input=False,
            **SOLVER,
        )[1]
        for ratio, alphas in zip(l1_ratios, strengths, strict=True)
    ]
    return np.array(paths)
