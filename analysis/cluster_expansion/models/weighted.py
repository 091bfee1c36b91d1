"""A ridge whose penalty grows with a cluster's radius and order, learned from the data.

Every parameter has a normal prior around zero. Its variance is

    strength² · (radius / shortest radius)^-decay · order_factor^(order - 2) · multiplicity^growth

so that wide clusters and clusters of many sites must earn their place. The five numbers, with
the noise, are those that make the training energies most likely once all parameters are
integrated out (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, eq. 5.8
and 5.9). Nothing is held back for the choice, and the model also says how sure it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.datasets import FloatArray

START = {"strength": 0.5, "decay": 4.0, "order_factor": -2.0, "growth": 0.5, "noise": -2.0}
"""Where the search begins: logarithms, but for decay and growth. Strength and noise are in units
of the target's standard deviation."""
PRIOR_WIDTH = {"strength": 3.0, "decay": 30.0, "order_factor": 3.0, "growth": 3.0, "noise": 3.0}
"""Standard deviation of a normal prior around `START`. It is so wide that it only decides what
the data leave open, such as the effect of the order in a space of pairs alone."""
BOUNDS = {
    "strength": (-14.0, 10.0),
    "decay": (-20.0, 60.0),
    "order_factor": (-12.0, 6.0),
    "growth": (-10.0, 10.0),
    "noise": (-14.0, 2.0),
}
"""How far the search goes. Beyond, no prior says anything else; the noise ends at a millionth of
the target's deviation, which energies that a few interactions made to the last digit can have."""
ROUNDING = 1e-12
"""Share of the energies' mean variance under the prior that counts as noise at the least, so that
the sum of both always has a factor (Rasmussen and Williams 2006, section 3.4.3, call it jitter)."""
LEAST_SINGULAR = 1e-12
"""Share of the largest singular value below which a direction of the columns is rounding."""


class WeightedRidge(RegressorMixin, BaseEstimator):
    """A linear model without intercept whose prior knows the geometry of each column's cluster.

    Args:
        orders: Sites of each column's cluster, shape (n_features,); default: all pairs.
        radii: Radius of each column's cluster, in any unit; default: all equal.
        multiplicities: Clusters per site of each column; default: one.

    Attributes:
        coef_: The most likely parameters, shape (n_features,).
        prior_variance_: Variance of each parameter's prior, shape (n_features,).
        noise_: Variance of what the model leaves unexplained.
        hyperparameters_: The five numbers by name; none is a logarithm.
    """

    def __init__(
        self,
        orders: Sequence[int] | None = None,
        radii: Sequence[float] | None = None,
        multiplicities: Sequence[int] | None = None,
    ) -> None:
        self.orders = orders
        self.radii = radii
        self.multiplicities = multiplicities

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        spread = float(y.std()) or 1.0
        design = self._log_variance_design(X.shape[1])
        found = minimize(
            _negative_log_posterior,
            np.array(list(START.values())),
            args=(design, reduce_rows(X, y / spread)),
            jac=True,
            method="L-BFGS-B",
            bounds=list(BOUNDS.values()),
        )
        strength, decay, order_factor, growth, noise = (float(value) for value in found.x)
        self.prior_variance_ = spread**2 * np.exp(design @ found.x[:4])
        rounding = ROUNDING * float(self.prior_variance_ @ (X**2).mean(axis=0))
        self.noise_ = spread**2 * np.exp(2 * noise) + rounding
        self.hyperparameters_ = {
            "strength": spread * np.exp(strength),
            "decay": decay,
            "order_factor": np.exp(order_factor),
            "growth": growth,
            "noise": spread * np.exp(noise),
        }
        self.coef_ = condition(X, y, self.prior_variance_, self.noise_)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Targets of `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.coef_)

    def _log_variance_design(self, n_features: int) -> FloatArray:
        """What multiplies the four numbers in the logarithm of the prior variance."""
        ones = np.ones(n_features)
        orders, radii, multiplicities = (
            ones if given is None else np.asarray(given, dtype=float)
            for given in (self.orders, self.radii, self.multiplicities)
        )
        if self.orders is None:
            orders = 2 * ones
        if {len(orders), len(radii), len(multiplicities)} != {n_features}:
            raise ValueError(
                f"X has {n_features} columns; orders, radii and multiplicities have "
                f"{len(orders)}, {len(radii)} and {len(multiplicities)} entries"
            )
        # The occupation of a sublattice has no radius: it is taken for as near as any pair.
        shortest = radii[radii > 0].min(initial=radii.max() or 1.0)
        radii = np.maximum(radii, shortest)
        return np.column_stack(
            [2 * ones, -np.log(radii / shortest), orders - 2, np.log(multiplicities)]
        )


@dataclass(frozen=True)
class ReducedRows:
    """As few rows as the columns have directions, with the same sums of products as all rows.

    `X` has shape (rank, n_features), `y` (rank,); `outside` is the sum of squares of the targets
    that no columns reach, in `n_outside` directions.
    """

    X: FloatArray
    y: FloatArray
    outside: float
    n_outside: int


def reduce_rows(X: FloatArray, y: FloatArray) -> ReducedRows:
    """Turn the rows so that all but `rank` of them are zero, by a singular value decomposition."""
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
    more rows than columns: no product squares how far apart the singular values are.
    """
    deviation = np.sqrt(prior_variance)
    if len(X) > X.shape[1]:
        stacked = np.vstack([X * deviation, np.sqrt(noise) * np.eye(X.shape[1])])
        wanted = np.concatenate([y, np.zeros((X.shape[1], *y.shape[1:]))])
        return np.asarray((deviation * np.linalg.lstsq(stacked, wanted)[0].T).T)
    spread = X * prior_variance
    covariance = spread @ X.T
    covariance[np.diag_indices_from(covariance)] += noise
    return np.asarray(spread.T @ cho_solve(cho_factor(covariance), y))


def draw_posterior(
    X: FloatArray,
    y: FloatArray,
    prior_variance: FloatArray,
    noise: float,
    n_draws: int,
    generator: np.random.Generator,
) -> FloatArray:
    """Draws of the parameters given the data, shape (n_draws, n_features).

    A draw of the prior is moved by what the data say of its error (Matheron's rule: Wilson et
    al. 2021, jmlr.org/papers/v22/20-1260.html), so that no matrix of all parameters is needed.
    """
    deviation = np.sqrt(prior_variance)[:, None]
    prior = deviation * generator.standard_normal((len(prior_variance), n_draws))
    seen = X @ prior + np.sqrt(noise) * generator.standard_normal((len(y), n_draws))
    return np.asarray((prior + condition(X, y[:, None] - seen, prior_variance, noise)).T)


def _negative_log_posterior(
    theta: FloatArray, design: FloatArray, rows: ReducedRows
) -> tuple[float, Any]:
    """Minus the logarithm of evidence times prior of `theta`, and its gradient."""
    prior_variance, noise = np.exp(design @ theta[:4]), np.exp(2 * theta[4])
    squares = ROUNDING * (rows.X**2).sum(axis=0) / (len(rows.y) + rows.n_outside)
    total = noise + squares @ prior_variance
    covariance = (rows.X * prior_variance) @ rows.X.T
    covariance[np.diag_indices_from(covariance)] += total
    factor = cho_factor(covariance, lower=True)
    inverse = cho_solve(factor, np.eye(len(rows.y)))
    weights = inverse @ rows.y
    start, width = np.array(list(START.values())), np.array(list(PRIOR_WIDTH.values()))
    away = (theta - start) / width
    value = (
        0.5 * (rows.y @ weights + rows.outside / total)
        + np.log(np.diag(factor[0])).sum()
        + 0.5 * rows.n_outside * np.log(total)
        + 0.5 * (len(rows.y) + rows.n_outside) * np.log(2 * np.pi)
        + 0.5 * away @ away
    )
    of_noise = np.trace(inverse) - weights @ weights
    of_noise += (rows.n_outside - rows.outside / total) / total
    explained = np.einsum("ij,ij->j", rows.X, inverse @ rows.X) - (rows.X.T @ weights) ** 2
    slope = np.append(
        0.5 * design.T @ (prior_variance * (explained + squares * of_noise)), noise * of_noise
    )
    return float(value), slope + away / width
