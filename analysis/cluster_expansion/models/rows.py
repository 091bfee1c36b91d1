"""Fewer rows with the same sums of products, and ridges that are fitted to them.

A linear model asks of its rows for XᵀX, Xᵀy and yᵀy alone. Where there are more rows than columns,
a triangle has the same, and no product squares how far apart the singular values are.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve, qr, solve_triangular

from analysis.datasets import FloatArray

LEAST_SINGULAR = 1e-12
"""Share of the largest singular value below which a direction of the columns is rounding."""


@dataclass(frozen=True)
class ReducedRows:
    """At most as many rows as columns, with the same sums of products as all rows.

    `X` has shape (n, n_features), `y` (n,); `outside` is the sum of squares of the targets that no
    columns reach, in `n_outside` directions.
    """

    X: FloatArray
    y: FloatArray
    outside: float
    n_outside: int

    @cached_property
    def gram(self) -> FloatArray:
        """Sums of products of the columns, shape (n_features, n_features)."""
        return np.asarray(self.X.T @ self.X)

    def mean_square(self, coefficients: FloatArray) -> float:
        """Mean squared error of `coefficients` on all rows."""
        errors = self.X @ coefficients - self.y
        return float(errors @ errors + self.outside) / (len(self.y) + self.n_outside)


def reduce_rows(X: FloatArray, y: FloatArray) -> ReducedRows:
    """Turn the rows so that as many as possible are zero, and leave these away.

    More rows than columns become a triangle; of fewer those stay that are no sums of others.
    """
    n_columns = X.shape[1]
    if len(X) > n_columns:
        triangle = _triangle(np.column_stack([X, y]))
        return ReducedRows(
            triangle[:n_columns, :n_columns],
            triangle[:n_columns, n_columns],
            float(triangle[n_columns, n_columns] ** 2),
            len(y) - n_columns,
        )
    left, singular, right = np.linalg.svd(X, full_matrices=False)
    rank = int((singular > LEAST_SINGULAR * singular.max(initial=0.0)).sum())
    inside = left[:, :rank].T @ y
    rest = y - left[:, :rank] @ inside
    return ReducedRows(
        singular[:rank, None] * right[:rank], inside, float(rest @ rest), len(y) - rank
    )


def condition(X: FloatArray, y: FloatArray, prior_variance: FloatArray, noise: float) -> FloatArray:
    """Most likely parameters of `y = X w` under independent normal priors around zero.

    `y` may have several columns, shape (n_samples, k); then so has the result. The smaller of the
    two systems is solved, as least squares of the rows and the prior below each other if there are
    more rows than columns.
    """
    n_columns = X.shape[1]
    if len(X) > n_columns:
        deviation = np.sqrt(prior_variance)
        wanted = y if y.ndim == 2 else y[:, None]
        below = np.zeros((n_columns, wanted.shape[1]))
        triangle = _triangle(
            np.vstack(
                [
                    np.hstack([X * deviation, wanted]),
                    np.hstack([np.sqrt(noise) * np.eye(n_columns), below]),
                ]
            )
        )[:n_columns]
        found = solve_triangular(triangle[:, :n_columns], triangle[:, n_columns:])
        return np.asarray(deviation[:, None] * found).reshape(n_columns, *y.shape[1:])
    spread = X * prior_variance
    covariance = spread @ X.T
    covariance[np.diag_indices_from(covariance)] += noise
    return np.asarray(spread.T @ cho_solve(cho_factor(covariance), y))


def posterior_variance(
    X: FloatArray, prior_variance: FloatArray, noise: float, at: FloatArray
) -> FloatArray:
    """Variance of `at @ w`, shape (n,), of parameters w that rows `X` with `noise` have told of.

    The smaller of the two systems is solved, as in `condition`.
    """
    if len(X) > X.shape[1]:
        deviation = np.sqrt(prior_variance)
        triangle = _triangle(np.vstack([X * deviation, np.sqrt(noise) * np.eye(X.shape[1])]))
        left = solve_triangular(triangle[: X.shape[1]], (at * deviation).T, trans="T")
        return np.asarray(noise * (left**2).sum(axis=0))
    spread = X * prior_variance
    covariance = spread @ X.T
    covariance[np.diag_indices_from(covariance)] += noise
    known = at @ spread.T
    told = np.einsum("ij,ji->i", known, cho_solve(cho_factor(covariance), known.T))
    return np.asarray((at**2) @ prior_variance - told)


def _triangle(rows: FloatArray) -> FloatArray:
    """The triangle of the QR decomposition."""
    (triangle,) = qr(rows, mode="r", overwrite_a=True, check_finite=False)
    return np.asarray(triangle)
