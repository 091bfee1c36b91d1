"""Ridge and Huber regression with many sparse columns, by conjugate gradients.

Huber's loss is square for errors below a threshold and grows with their size above it (Huber 1964,
doi:10.1214/aoms/1177703732): with a low one, outliers and the long tail of a property count by
their size, as they do in the mean absolute error. It is minimised as a row of weighted ridge
regressions, where an error beyond the threshold weighs less the larger it is. scikit-learn's
HuberRegressor takes dense arrays alone, its QuantileRegressor solves a linear programme.

A quantile other than the median adds a slope to that loss, so that errors of one sign cost more
(Hunter and Lange 2000, doi:10.1080/10618600.2000.10474866): each ridge regression then has
targets moved by it.
"""

from dataclasses import dataclass

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design
from analysis.linear_models.preconditioning import Preconditioner

TOLERANCE = 1e-3
"""Of a ridge regression: share of the first preconditioned residual that may be left."""
MOST_PRODUCTS = 400
MOST_ROUNDS = 30
ENOUGH = 3e-4
"""Share of the loss that a round must gain for another one."""
MANY, LEVELS = 20_000, (16, 4)
"""A fit of so many rows without a start begins from one to each 16th row, then to each fourth: of
68,000 rows and 45,000 columns that leaves it half of the work."""
LEVEL_TOLERANCE, LEVEL_ENOUGH = 1e-2, 3e-3
"""The same for fits that are only begun from."""


@dataclass(frozen=True)
class LinearFit:
    """Weights of the columns and the intercept, in the unit of the target.

    Attributes:
        weights: Shape (n_columns,).
        intercept: What a sample has whose columns are all zero.
        strength: Of the penalty: it is strength / 2 times the sum of the squares of the weights.
        threshold: Size of an error from which Huber's loss is no more square; inf for ridge.
        is_converged: Whether it ended because it was good enough.

    """

    weights: FloatArray
    intercept: float
    strength: float
    threshold: float
    is_converged: bool = True

    def predict(self, design: Design) -> FloatArray:
        """Shape (n_samples,)."""
        return design.times(self.weights) + self.intercept


def fit_huber(
    design: Design,
    y: FloatArray,
    strength: float,
    threshold: float = np.inf,
    start: LinearFit | None = None,
    enough: float = ENOUGH,
    counts: FloatArray | None = None,
    quantile: float = 0.5,
    tolerance: float = TOLERANCE,
) -> LinearFit:
    """Minimise the sum of Huber's losses and the penalty; with `threshold` inf, ridge's.

    `y` has shape (n_samples,) and the unit of `threshold`. `start` is a fit of the same columns;
    `counts` say how much each sample counts, 1 by default. Below `threshold` in size, a `quantile`
    other than 0.5 is not exact.
    """
    counts, slope = np.ones(len(y)) if counts is None else counts, 2 * quantile - 1
    solution = np.append(np.zeros(design.shape[1]), np.quantile(y, quantile))
    for level in LEVELS if start is None and len(y) >= MANY else ():
        some = np.arange(0, len(y), level)
        start = fit_huber(
            design.take(some), y[some], strength, threshold, start, LEVEL_ENOUGH, counts[some],
            quantile, LEVEL_TOLERANCE,
        )  # fmt: skip
    if start is not None:
        solution = np.append(start.weights, start.intercept)
    best, is_converged = np.inf, np.isinf(threshold)
    for _ in range(1 if np.isinf(threshold) else MOST_ROUNDS):
        errors = y - design.times(solution[:-1]) - solution[-1]
        losses = _huber_losses(errors, threshold, slope)
        loss = float(counts @ losses + strength / 2 * solution[:-1] @ solution[:-1])
        if loss > (1 - enough) * best:
            is_converged = True
            break
        best, moved, shares = loss, y, counts
        if np.isfinite(threshold):
            # An error of zero has the weight one, as all below the threshold.
            sizes = np.maximum(np.abs(errors), threshold)
            shares, moved = counts * threshold / sizes, y + slope * sizes
        solution = _solve_ridge(design, moved, shares, strength, solution, tolerance)
    return LinearFit(solution[:-1], float(solution[-1]), strength, threshold, is_converged)


def _huber_losses(errors: FloatArray, threshold: float, slope: float) -> FloatArray:
    if np.isinf(threshold):
        return np.asarray(errors**2 / 2)
    sizes = np.abs(errors)
    near = np.minimum(sizes, threshold)
    return np.asarray(near * (sizes - near / 2) + slope * threshold * errors)


def _solve_ridge(
    design: Design,
    y: FloatArray,
    shares: FloatArray,
    strength: float,
    start: FloatArray,
    tolerance: float,
) -> FloatArray:
    """Weights and, last, the intercept that minimise the squares of errors, times `shares`.

    Conjugate gradients on the normal equations.
    """
    inverse = Preconditioner.of(design, shares, strength)

    def multiply(vector: FloatArray) -> FloatArray:
        weighted = shares * (design.times(vector[:-1]) + vector[-1])
        return np.append(design.sums(weighted) + strength * vector[:-1], weighted.sum())

    wanted = np.append(design.sums(shares * y), shares @ y)
    solution = start.copy()
    rest = wanted - multiply(solution)
    direction = inverse.solve(rest)
    before = rest @ direction
    least = tolerance**2 * (wanted @ inverse.solve(wanted))
    for _ in range(MOST_PRODUCTS):
        if before <= least:
            break
        product = multiply(direction)
        length = before / (direction @ product)
        solution += length * direction
        rest -= length * product
        preconditioned = inverse.solve(rest)
        after = rest @ preconditioned
        direction = preconditioned + after / before * direction
        before = after
    return solution
