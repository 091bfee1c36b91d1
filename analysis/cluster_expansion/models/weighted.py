"""A ridge whose penalty grows with a cluster's radius and order, learned from the data.

Every parameter has a normal prior around zero. Its variance is

    strength² · (radius / shortest radius)^-decay · order_factor^(order - 2) · multiplicity^growth

so that wide clusters and clusters of many sites must earn their place. The five numbers, with
the noise, are those that make the training energies most likely once all parameters are
integrated out (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, eq. 5.8
and 5.9). Nothing is held back for the choice, and the model also says how sure it is.

Columns may be products of a correlation and a concentration, so that the interaction changes with
it: their variance is `swing`² times as large, a sixth number.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dtrtri
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.cluster_expansion.models.rows import ReducedRows, condition, reduce_rows
from analysis.datasets import FloatArray

START = {
    "strength": 0.5,
    "decay": 4.0,
    "order_factor": -2.0,
    "growth": 0.5,
    "swing": -1.0,
    "noise": -2.0,
}
"""Where the search begins: logarithms, but for decay and growth. Strength and noise are in units
of the target's standard deviation."""
PRIOR_WIDTH = {
    "strength": 3.0,
    "decay": 30.0,
    "order_factor": 3.0,
    "growth": 3.0,
    "swing": 3.0,
    "noise": 3.0,
}
"""Standard deviation of a normal prior around `START`. It is so wide that it only decides what
the data leave open, such as the effect of the order in a space of pairs alone."""
BOUNDS = {
    "strength": (-14.0, 10.0),
    "decay": (-20.0, 60.0),
    "order_factor": (-12.0, 6.0),
    "growth": (-10.0, 10.0),
    "swing": (-12.0, 6.0),
    "noise": (-14.0, 2.0),
}
"""How far the search goes. Beyond, no prior says anything else; the noise ends at a millionth of
the target's deviation, which energies that a few interactions made to the last digit can have."""
ROUNDING = 1e-12
"""Share of the energies' mean variance under the prior that counts as noise at the least, so that
the sum of both always has a factor (Rasmussen and Williams 2006, section 3.4.3, call it jitter)."""


class WeightedRidge(RegressorMixin, BaseEstimator):
    """A linear model without intercept whose prior knows the geometry of each column's cluster.

    Args:
        orders: Sites of each column's cluster, shape (n_features,); default: all pairs.
        radii: Radius of each column's cluster, in any unit; default: all equal.
        multiplicities: Clusters per site of each column; default: one.
        powers: How many concentrations multiply each column, 0 or 1; default: none.
        known: The hyperparameters in the order of `START`, logarithms as there but in the target's
            own unit, where they were learned with something else; default: they are searched.

    Attributes:
        coef_: The most likely parameters, shape (n_features,).
        prior_variance_: Variance of each parameter's prior, shape (n_features,).
        noise_: Variance of what the model leaves unexplained.
        hyperparameters_: The five or six numbers by name; none is a logarithm.
    """

    def __init__(
        self,
        orders: Sequence[int] | None = None,
        radii: Sequence[float] | None = None,
        multiplicities: Sequence[int] | None = None,
        powers: Sequence[int] | None = None,
        known: Sequence[float] | None = None,
    ) -> None:
        self.orders = orders
        self.radii = radii
        self.multiplicities = multiplicities
        self.powers = powers
        self.known = known

    @property
    def names(self) -> list[str]:
        """Names of the hyperparameters, the noise last."""
        return [name for name in START if name != "swing" or self.powers is not None]

    def fit(self, X: FloatArray, y: FloatArray) -> Self:
        """Fit to `X`, shape (n_samples, n_features), and `y`, shape (n_samples,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        spread = 1.0 if self.known else float(y.std()) or 1.0
        design, names = self.log_variance_design(X.shape[1]), self.names
        theta = np.array(self.known or self._search(design, reduce_rows(X, y / spread)))
        self.prior_variance_ = spread**2 * np.exp(design @ theta[:-1])
        rounding = ROUNDING * float(self.prior_variance_ @ (X**2).mean(axis=0))
        self.noise_ = spread**2 * np.exp(2 * theta[-1]) + rounding
        self.hyperparameters_ = {
            name: value if name in ("decay", "growth") else np.exp(value)
            for name, value in zip(names, theta.tolist(), strict=True)
        }
        for name in ("strength", "noise"):
            self.hyperparameters_[name] *= spread
        self.coef_ = condition(X, y, self.prior_variance_, self.noise_)
        return self

    def _search(self, design: FloatArray, rows: ReducedRows) -> list[float]:
        """The hyperparameters that make the rows most likely."""
        found = minimize(
            _negative_log_posterior,
            np.array(pick_values(START, self.names)),
            args=(design, rows),
            jac=True,
            method="L-BFGS-B",
            bounds=pick_values(BOUNDS, self.names),
        )
        return list(found.x)

    def predict(self, X: FloatArray) -> FloatArray:
        """Targets of `X`, shape (n_samples,)."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False) @ self.coef_)

    def log_variance_design(self, n_features: int) -> FloatArray:
        """What multiplies all numbers but the noise in the logarithm of the prior variance."""
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
        design = [2 * ones, -np.log(radii / shortest), orders - 2, np.log(multiplicities)]
        if self.powers is not None:
            design.append(2 * np.asarray(self.powers, dtype=float))
        return np.column_stack(design)


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


def pick_values(values: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """The values of `names`."""
    return [values[name] for name in names]


def _negative_log_posterior(
    theta: FloatArray, design: FloatArray, rows: ReducedRows
) -> tuple[float, Any]:
    """Minus the logarithm of evidence times prior of `theta`, and its gradient."""
    prior_variance, noise = np.exp(design @ theta[:-1]), np.exp(2 * theta[-1])
    n = len(rows.y) + rows.n_outside
    squares = ROUNDING * (rows.X**2).sum(axis=0) / n
    total = float(noise + squares @ prior_variance)
    weigh = _weigh_columns if len(rows.y) == rows.X.shape[1] else _weigh_rows
    evidence, of_total, of_prior = weigh(rows, prior_variance, total)
    of_total += (rows.n_outside - rows.outside / total) / total
    names = [name for name in START if name != "swing" or len(theta) == len(START)]
    width = np.array(pick_values(PRIOR_WIDTH, names))
    away = (theta - pick_values(START, names)) / width
    value = (
        0.5 * (evidence + rows.outside / total)
        + 0.5 * rows.n_outside * np.log(total)
        + 0.5 * n * np.log(2 * np.pi)
        + 0.5 * away @ away
    )
    slope = np.append(
        0.5 * design.T @ (of_prior + prior_variance * squares * of_total), noise * of_total
    )
    return float(value), slope + away / width


def _weigh_rows(
    rows: ReducedRows, prior_variance: FloatArray, total: float
) -> tuple[float, float, FloatArray]:
    """Minus twice the logarithm of what the rows inside say, but for a constant.

    Then what it changes with the noise `total` and with the logarithm of each prior variance.
    """
    covariance = (rows.X * prior_variance) @ rows.X.T
    covariance[np.diag_indices_from(covariance)] += total
    factor = cho_factor(covariance, lower=True)
    inverse = cho_solve(factor, np.eye(len(rows.y)))
    weights = inverse @ rows.y
    explained = np.einsum("ij,ij->j", rows.X, inverse @ rows.X) - (rows.X.T @ weights) ** 2
    evidence = rows.y @ weights + 2 * np.log(np.diag(factor[0])).sum()
    return (
        float(evidence),
        float(np.trace(inverse) - weights @ weights),
        np.asarray(prior_variance * explained),
    )


def _weigh_columns(
    rows: ReducedRows, prior_variance: FloatArray, total: float
) -> tuple[float, float, FloatArray]:
    """Likewise, for as many rows as columns: one factor and its inverse, both triangles."""
    deviation = np.sqrt(prior_variance)
    matrix = rows.gram * np.outer(deviation, deviation)
    matrix[np.diag_indices_from(matrix)] += total
    factor = cho_factor(matrix, lower=True)
    inverse, _ = dtrtri(factor[0], lower=1)
    inverse = np.tril(inverse)
    variance = (inverse**2).sum(axis=0)
    found = inverse.T @ (inverse @ (deviation * (rows.X.T @ rows.y)))
    rest = rows.y - rows.X @ (deviation * found)
    # As a sum of squares it keeps its digits where hardly anything is left unexplained.
    evidence = rest @ rest / total + found @ found + 2 * np.log(np.diag(factor[0])).sum()
    return (
        float(evidence),
        float(variance.sum() - rest @ rest / total**2),
        np.asarray(1 - total * variance - found**2),
    )
