"""Ridges and least squares whose cost is that of the smaller of samples and columns."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh, lstsq, solve_triangular
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.cluster_expansion.models.rows import reduce_rows
from analysis.datasets import FloatArray

MOST_STEPS = 300
"""Steps of automatic relevance determination, at most."""
IRRELEVANT = 1e4
"""Precision of a column's prior, in units of the target, above which the column is left out."""
FLAT = 1e-6
"""Shape and rate of the gamma distributions that precisions are drawn from: as good as none."""


class LeastSquares(LinearRegression):
    """Least squares without intercept, of rows that are reduced first if they are many."""

    def __init__(self) -> None:
        super().__init__(fit_intercept=False)

    def fit(self, X: FloatArray, y: FloatArray, sample_weight: None = None) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        if len(X) > X.shape[1]:
            rows = reduce_rows(X, y)
            X, y = rows.X, rows.y
        try:
            super().fit(X, y)
        except LinAlgError:  # LAPACK's quick way to singular values may not end.
            found = lstsq(X, y, cond=self.tol, lapack_driver="gelss")
            self.coef_, _, self.rank_, self.singular_ = found
            self.intercept_ = 0.0
        return self


class _NoIntercept(RegressorMixin, BaseEstimator):
    """A linear model without intercept, which predicts by its `coef_`."""

    coef_: FloatArray

    def predict(self, X: FloatArray) -> FloatArray:
        """Targets of `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.coef_)


class LeaveOneOutRidge(_NoIntercept):
    """Ridge without intercept that chooses its strength by leave-one-out errors.

    As scikit-learn's RidgeCV, but for all strengths at once, and of the smaller of XᵀX and XXᵀ
    (Golub, Heath and Wahba 1979, 10.1080/00401706.1979.10489751, on the errors).

    Args:
        alphas: Strengths to choose from, each above 0.

    Attributes:
        coef_: Shape (n_features,).
        alpha_: The strength that was chosen.
    """

    def __init__(self, alphas: Sequence[float] = (0.1, 1.0, 10.0)) -> None:
        self.alphas = alphas

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        alphas = np.asarray(self.alphas, dtype=float)
        is_tall = len(X) > X.shape[1]
        values, vectors = eigh(X.T @ X if is_tall else X @ X.T)
        shrunk = 1 / (np.maximum(values, 0.0)[:, None] + alphas)
        turned = X @ vectors if is_tall else vectors
        seen = turned.T @ y
        fitted, own = turned @ (seen[:, None] * shrunk), turned**2 @ shrunk
        errors = (y[:, None] - fitted) / (1 - own) if is_tall else fitted / own
        best = int(np.argmin((errors**2).mean(axis=0)))
        self.alpha_ = float(alphas[best])
        found = vectors @ (seen * shrunk[:, best])
        self.coef_ = found if is_tall else X.T @ found
        return self


class RelevanceRegression(_NoIntercept):
    """Automatic relevance determination: a prior of its own for each coefficient.

    The steps are those of scikit-learn's ARDRegression without intercept (MacKay 1992,
    10.1162/neco.1992.4.3.415), on sums of products, and no inverse is made.

    Args:
        tol: Change of all coefficients together at which it stops, in units of the target.

    Attributes:
        coef_: Shape (n_features,).
        alpha_: Precision of the noise.
    """

    def __init__(self, tol: float = 1e-3) -> None:
        self.tol = tol

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        n = len(y)
        sums = X.T @ X, X.T @ y
        self.alpha_ = float(1.0 / (np.var(y) + np.finfo(float).eps))
        precision, keep = np.ones(X.shape[1]), np.arange(X.shape[1])
        last = self.coef_ = np.zeros(X.shape[1])
        for step in range(MOST_STEPS):
            found, variance = _solve(X, y, sums, keep, self.alpha_, precision[keep])
            errors = X[:, keep] @ found - y
            determined = 1 - precision[keep] * variance
            precision[keep] = (determined + 2 * FLAT) / (found**2 + 2 * FLAT)
            self.alpha_ = float((n - determined.sum() + 2 * FLAT) / (errors @ errors + 2 * FLAT))
            is_relevant = precision[keep] < IRRELEVANT
            keep, found = keep[is_relevant], found[is_relevant]
            self.coef_ = np.zeros(X.shape[1])
            self.coef_[keep] = found
            if (step and np.abs(last - self.coef_).sum() < self.tol) or not len(keep):
                break
            last = self.coef_
        if len(keep):
            self.coef_[keep], _ = _solve(X, y, sums, keep, self.alpha_, precision[keep])
        return self


def _solve(
    X: FloatArray,
    y: FloatArray,
    sums: tuple[FloatArray, FloatArray],
    keep: Any,
    alpha: float,
    precision: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the coefficients `keep` given precisions of noise and priors."""
    if len(keep) > len(X):
        part = X[:, keep] / precision
        covariance = part @ X[:, keep].T
        covariance[np.diag_indices_from(covariance)] += 1 / alpha
        factor = cho_factor(covariance, lower=True)
        told = solve_triangular(factor[0], part, lower=True)
        return part.T @ cho_solve(factor, y), 1 / precision - (told**2).sum(axis=0)
    gram, target = sums
    matrix = alpha * gram[np.ix_(keep, keep)]
    matrix[np.diag_indices_from(matrix)] += precision
    factor = cho_factor(matrix, lower=True)
    inverse = solve_triangular(factor[0], np.eye(len(keep)), lower=True)
    return alpha * cho_solve(factor, target[keep]), (inverse**2).sum(axis=0)
