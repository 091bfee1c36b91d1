"""Ridge and Huber regression with many sparse columns, by conjugate gradients.

Huber's loss is square for errors below a threshold and grows with their size above it (Huber 1964,
doi:10.1214/aoms/1177703732): with a low one, outliers and the long tail of a property count by
their size, as they do in the mean absolute error. scikit-learn's HuberRegressor takes dense arrays
alone, its QuantileRegressor solves a linear programme.

The loss lies below a parabola that touches it at the fit so far, in which an error beyond the
threshold weighs less the larger it is. Those parabolas tell the preconditioner, and how far to go
along a direction; directions are conjugate as those of Polak and Ribière (Nocedal and Wright,
Numerical Optimization, 2006, chapter 5.2). To solve each parabola to its end, as reweighted least
squares do, takes twice to four times the products. Of ridge regression, whose loss is the parabola,
these are the usual conjugate gradients, but where samples are censored.

A quantile other than the median adds a slope to that loss, so that errors of one sign cost more
(Hunter and Lange 2000, doi:10.1080/10618600.2000.10474866).

A property such as a band gap has a lowest value that many samples share, and no prediction is below
it. Of these samples a sum far below that value is no error, so it costs nothing: they are taken for
censored (Tobin 1958, doi:10.2307/1907382; Powell 1984, doi:10.1016/0304-4076(84)90004-6). Those of
other samples cost what they do otherwise, so that the loss stays convex.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design
from analysis.linear_models.solvers.preconditioning import Preconditioner
from analysis.linear_models.solvers.samples import NumberSamples

ENOUGH = 1e-3
"""Share of the loss that WINDOW steps must gain for another one."""
WINDOW = 5
RENEWED = 20
"""Steps after which the preconditioner is made anew."""
MOST_STEPS = 1_000
PARABOLAS = 2
"""Along a direction the step goes to the least of so many, one after the other."""
LOOK = 3
"""Steps after which a fit on its way is shown."""
MANY, LEVELS = 20_000, (16, 4)
"""A fit of so many rows without a start begins from one to each 16th row, then to each fourth."""
LEVEL_ENOUGH = 1e-2
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
    samples: NumberSamples,
    strength: float,
    threshold: float = np.inf,
    start: LinearFit | None = None,
    enough: float = ENOUGH,
    quantile: float = 0.5,
) -> LinearFit:
    """Minimise the sum of Huber's losses and the penalty; with `threshold` inf, ridge's.

    `threshold` has the unit of the samples' numbers; `start` is a fit of the same columns. Below
    `threshold` in size, a `quantile` other than 0.5 is not exact.
    """
    *_, fitted = approach_huber(samples, strength, threshold, start, enough, quantile)
    return fitted


def approach_huber(
    samples: NumberSamples,
    strength: float,
    threshold: float,
    start: LinearFit | None,
    enough: float,
    quantile: float,
) -> Iterator[LinearFit]:
    """The same fit on its way, every LOOK steps, and at last as it is."""
    y = samples.y
    for level in LEVELS if start is None and len(y) >= MANY else ():
        some = samples.every(level)
        start = fit_huber(some, strength, threshold, start, LEVEL_ENOUGH, quantile)
    if start is None:
        solution = np.append(np.zeros(samples.design.shape[1]), np.quantile(y, quantile))
    else:
        solution = np.append(start.weights, start.intercept)
    problem = _Problem.of(samples, strength, threshold, 2 * quantile - 1)
    for reached, is_converged in problem.descend(y, solution, enough):
        yield LinearFit(reached[:-1], float(reached[-1]), strength, threshold, is_converged)


@dataclass(frozen=True)
class _Problem:
    """The loss of errors and weights; of these the intercept is the last.

    `most`, shape (n_samples,), are the largest errors that count: of a censored sample that of the
    least loss, of others any.
    """

    design: Design
    row: NDArray[np.int64]
    counts: FloatArray
    strength: float
    threshold: float
    slope: float
    most: FloatArray

    @classmethod
    def of(
        cls, samples: NumberSamples, strength: float, threshold: float, slope: float
    ) -> "_Problem":
        cheapest = -slope * threshold if slope else 0.0
        most = np.where(samples.censored, cheapest, np.inf)
        return cls(samples.design, samples.row, samples.counts, strength, threshold, slope, most)

    def descend(
        self, y: FloatArray, solution: FloatArray, enough: float
    ) -> Iterator[tuple[FloatArray, bool]]:
        """Solutions on the way, and whether each is the end.

        That is where WINDOW steps gained less than `enough`.
        """
        errors = y - self.multiply(solution)
        values: list[float] = []
        direction, before, downhill = np.zeros_like(solution), 1.0, np.zeros_like(solution)
        for step in range(MOST_STEPS):
            values.append(self.value(errors, solution))
            if step >= WINDOW and values[-1 - WINDOW] - values[-1] <= enough * values[-1]:
                break
            if step and step % LOOK == 0:
                yield solution, False
            if step % RENEWED == 0:
                shares = self.merge(self.shares(errors))
                inverse = Preconditioner.of(self.design, shares, self.strength)
            earlier, downhill = downhill, self.downhill(errors, solution)
            solved = inverse.solve(downhill)
            if not downhill @ solved > 0:  # Nothing is left, as of targets that are all one number.
                break
            direction = solved + max(0.0, float(solved @ (downhill - earlier)) / before) * direction
            if direction @ downhill <= 0:
                direction = solved
            before = float(downhill @ solved)
            change = self.multiply(direction)
            length = self.length(errors, change, solution, direction)
            solution = solution + length * direction
            errors -= length * change
        else:
            yield solution, False
            return
        yield solution, True

    def multiply(self, solution: FloatArray) -> FloatArray:
        """Shape (n_samples,)."""
        return np.asarray((self.design.times(solution[:-1]) + solution[-1])[self.row])

    def merge(self, values: FloatArray) -> FloatArray:
        """Sums of the samples' values over those of each row of the design."""
        return np.asarray(
            np.bincount(self.row, values, minlength=self.design.shape[0]), dtype=float
        )

    def value(self, errors: FloatArray, solution: FloatArray) -> float:
        """The loss, 0 of the cheapest errors, and the penalty."""
        errors = np.minimum(errors, self.most)
        sizes = np.abs(errors)
        near = np.minimum(sizes, self.threshold)
        losses = float(self.counts @ (near * (sizes - near / 2)))
        if self.slope:
            lean = self.slope * self.threshold
            losses += lean * float(self.counts @ errors) + lean**2 / 2 * float(self.counts.sum())
        return losses + self.strength / 2 * float(solution[:-1] @ solution[:-1])

    def downhill(self, errors: FloatArray, solution: FloatArray) -> FloatArray:
        """Less the gradient."""
        errors = np.minimum(errors, self.most)
        pulls = self.counts * np.clip(errors, -self.threshold, self.threshold)
        if self.slope:
            pulls += self.slope * self.threshold * self.counts
        sums = self.design.sums(self.merge(pulls))
        return np.append(sums - self.strength * solution[:-1], pulls.sum())

    def shares(self, errors: FloatArray) -> FloatArray:
        """Curvatures of the parabolas above the losses, which touch them at these errors."""
        if np.isinf(self.threshold):
            return self.counts
        sizes = np.abs(np.minimum(errors, self.most))
        return self.counts * (self.threshold / np.maximum(sizes, self.threshold))

    def length(
        self, errors: FloatArray, change: FloatArray, solution: FloatArray, direction: FloatArray
    ) -> float:
        """How far to go along a direction that takes `change` from the errors."""
        weights, along = solution[:-1], direction[:-1]
        slope = self.slope * self.threshold * float(self.counts @ change) if self.slope else 0.0
        pull = slope - self.strength * float(weights @ along)
        curvature, length = self.strength * float(along @ along), 0.0
        for _ in range(1 if np.isinf(self.threshold) else PARABOLAS):
            left = np.minimum(errors - length * change, self.most)
            weighed = self.shares(left) * change
            length += (float(weighed @ left) + pull - length * curvature) / (
                float(weighed @ change) + curvature
            )
        return length
