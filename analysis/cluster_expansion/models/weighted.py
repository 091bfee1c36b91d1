"""A ridge whose penalty grows with a cluster's radius and order, learned from the data.

Every parameter has a normal prior around zero. Its variance is

    strength² · (radius / shortest radius)^-decay · order_factor^(order - 2) · multiplicity^growth

so that wide clusters and clusters of many sites must earn their place. The five numbers, with
the noise, are those that make the training energies most likely once all parameters are
integrated out (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, eq. 5.8
and 5.9). Nothing is held back for the choice, and the model also says how sure it is.
"""

from collections.abc import Sequence
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
LEAST_NOISE = -7.0


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
        start = np.array(list(START.values()))
        found = minimize(
            _negative_log_posterior,
            start,
            args=(design, X, y / spread),
            jac=True,
            method="L-BFGS-B",
            bounds=[(None, None)] * 4 + [(LEAST_NOISE, None)],
        )
        strength, decay, order_factor, growth, noise = (float(value) for value in found.x)
        self.prior_variance_ = spread**2 * np.exp(design @ found.x[:4])
        self.noise_ = spread**2 * np.exp(2 * noise)
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
        return np.column_stack(
            [2 * ones, -np.log(radii / radii.min()), orders - 2, np.log(multiplicities)]
        )


def condition(X: FloatArray, y: FloatArray, prior_variance: FloatArray, noise: float) -> FloatArray:
    """Most likely parameters of `y = X w` under independent normal priors around zero.

    `y` may have several columns, shape (n_samples, k); then so has the result.
    """
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
    theta: FloatArray, design: FloatArray, X: FloatArray, y: FloatArray
) -> tuple[float, Any]:
    """Minus the logarithm of evidence times prior of `theta`, and its gradient."""
    prior_variance, noise = np.exp(design @ theta[:4]), np.exp(2 * theta[4])
    covariance = (X * prior_variance) @ X.T
    covariance[np.diag_indices_from(covariance)] += noise
    factor = cho_factor(covariance, lower=True)
    inverse = cho_solve(factor, np.eye(len(y)))
    weights = inverse @ y
    start, width = np.array(list(START.values())), np.array(list(PRIOR_WIDTH.values()))
    away = (theta - start) / width
    value = (
        0.5 * y @ weights
        + np.log(np.diag(factor[0])).sum()
        + 0.5 * len(y) * np.log(2 * np.pi)
        + 0.5 * away @ away
    )
    explained = np.einsum("ij,ij->j", X, inverse @ X) - (X.T @ weights) ** 2
    slope = np.append(
        0.5 * design.T @ (prior_variance * explained),
        noise * (np.trace(inverse) - weights @ weights),
    )
    return float(value), slope + away / width
