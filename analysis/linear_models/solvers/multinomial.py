"""Logistic and multinomial regression with many sparse columns, by Newton's method.

The matrix of second derivatives would have a row for each descriptor and class, so it is only ever
multiplied by a vector: each step comes from conjugate gradients (Nocedal and Wright, Numerical
Optimization, 2006, chapter 7.1).
"""

from dataclasses import dataclass

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design
from analysis.linear_models.solvers.preconditioning import Preconditioner

TOLERANCE = 1e-4
"""Largest gradient of the mean loss at which a fit ends."""
GAP_SHARE = 0.2
"""Of the tolerance, how much of the mean loss may be left to gain: the gradient of a rare
descriptor is small because it is rare."""
MOST_STEPS = 60
MOST_PRODUCTS = 300
"""Products with the second derivatives in one step."""
FORCING = 0.5
"""A step is good enough if it leaves this share of the preconditioned gradient."""
NEAR, FREQUENT = 1e-4, 300
"""What is left, in the measure of the tolerance, from where on so many frequent columns are solved
exactly: of calculated metals 1e-5 is then reached by half of the products."""


@dataclass(frozen=True)
class MultinomialFit:
    """Weights of the columns for each class, and intercepts; of two classes, for the second.

    Attributes:
        weights: What a unit of a column adds to a logit, shape (n_columns, n_logits).
        intercepts: Logits of a sample whose columns are all zero, shape (n_logits,).
        strength: Of the penalty: it is strength / 2 times the sum of the squares of the weights.
        gradient: Largest component of the gradient of the mean loss that is left; 0 of a fit with
            L1, which has none at 0.
        is_converged: Whether it ended because it was good enough.

    """

    weights: FloatArray
    intercepts: FloatArray
    strength: float
    gradient: float = 0.0
    is_converged: bool = True

    def logits(self, design: Design) -> FloatArray:
        """Shape (n_samples, n_logits)."""
        return design.times(self.weights) + self.intercepts


def count_logits(n_classes: int) -> int:
    """One for each class; of two classes one tells both."""
    return n_classes if n_classes > 2 else 1


def log_probabilities(logits: FloatArray) -> FloatArray:
    """Natural logarithm of the probability of each class, shape (n_samples, n_classes)."""
    if logits.shape[1] == 1:
        return -np.logaddexp(0, np.hstack([logits, -logits]))
    spread = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(spread - np.log(np.exp(spread).sum(axis=1, keepdims=True)))


def _own_probabilities(logits: FloatArray) -> FloatArray:
    """Probability of the class of each logit, shape (n_samples, n_logits)."""
    if logits.shape[1] == 1:
        return 1 / (1 + np.exp(-logits))
    return np.asarray(np.exp(log_probabilities(logits)))


def fit_multinomial(
    design: Design,
    counts: FloatArray,
    strength: float,
    start: MultinomialFit | None = None,
    tolerance: float = TOLERANCE,
    most_steps: int = MOST_STEPS,
) -> MultinomialFit:
    """Minimise the sum of the log losses and the penalty; intercepts are not penalised.

    `counts`, shape (n_rows, n_classes), say how many samples of each class have the descriptors of
    a row. Ends when no component of the gradient of the mean loss exceeds `tolerance`, and steps
    for each weight alone would gain little. `start` is a fit of the same columns and classes.
    """
    problem = _Problem(design, counts, strength)
    weights = np.vstack([start.weights, start.intercepts]) if start else problem.begin()
    logits, n_steps, gone = problem.multiply(weights), 0, True
    while True:
        said = _own_probabilities(logits)
        gradient = problem.gradient(said, weights)
        inverse = problem.invert(said)
        gap = float((gradient * inverse.solve(gradient)).sum()) / 2
        left = max(np.abs(gradient).max(), gap / GAP_SHARE) / counts.sum()
        if left <= tolerance or n_steps == most_steps or not gone:
            break
        n_steps += 1
        if left < NEAR:
            inverse = problem.invert(said, FREQUENT)
        step, change = problem.find_step(gradient, said, inverse)
        moved, logits = problem.go(weights, logits, gradient, step, change)
        weights, gone = moved, moved is not weights
    largest = float(np.abs(gradient).max() / counts.sum())
    return MultinomialFit(weights[:-1], weights[-1], strength, largest, left <= tolerance)


@dataclass(frozen=True)
class _Problem:
    """The loss and its derivatives; weights have a row for each column and one for intercepts."""

    design: Design
    counts: FloatArray
    strength: float

    @property
    def n_logits(self) -> int:
        return count_logits(self.counts.shape[1])

    def begin(self) -> FloatArray:
        """No weights; the intercepts tell how frequent the classes are."""
        logs = np.log(self.counts.sum(axis=0) + 0.5)
        intercepts = logs[1:] - logs[0] if self.n_logits == 1 else logs - logs.mean()
        return np.vstack([np.zeros((self.design.shape[1], self.n_logits)), intercepts])

    def multiply(self, weights: FloatArray) -> FloatArray:
        return np.asarray(self.design.times(weights[:-1]) + weights[-1])

    def back(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """From a value of each row and logit to one of each weight, with the penalty's."""
        sums = self.design.sums(values) + self.strength * weights[:-1]
        return np.vstack([sums, values.sum(axis=0)])

    def value(self, logits: FloatArray, weights: FloatArray) -> float:
        if self.n_logits == 1:
            one, counts = logits[:, 0], self.counts
            losses = counts.sum(axis=1) @ np.logaddexp(0, one) - counts[:, 1] @ one
        else:
            losses = -(self.counts * log_probabilities(logits)).sum()
        return float(losses + self.strength / 2 * (weights[:-1] ** 2).sum())

    def gradient(self, said: FloatArray, weights: FloatArray) -> FloatArray:
        n = self.counts.sum(axis=1, keepdims=True)
        return self.back(n * said - self.counts[:, -self.n_logits :], weights)

    def invert(self, said: FloatArray, n_frequent: int = 0) -> Preconditioner:
        """A rough inverse of the second derivatives."""
        curvatures = self.counts.sum(axis=1, keepdims=True) * said * (1 - said)
        return Preconditioner.of(self.design, curvatures, self.strength, n_frequent)

    def find_step(
        self, gradient: FloatArray, said: FloatArray, inverse: Preconditioner
    ) -> tuple[FloatArray, FloatArray]:
        """Solve second derivatives · step = -gradient, roughly; also what it changes of logits."""
        weighted = self.counts.sum(axis=1, keepdims=True) * said
        step, rest, moved = np.zeros_like(gradient), -gradient, np.zeros_like(said)
        direction = inverse.solve(rest)
        before = first = float((rest * direction).sum())
        for _ in range(MOST_PRODUCTS):
            change = self.multiply(direction)
            along = weighted * (change - (said * change).sum(axis=1, keepdims=True))
            product = self.back(along, direction)
            length = before / float((direction * product).sum())
            step += length * direction
            moved += length * change
            rest -= length * product
            preconditioned = inverse.solve(rest)
            after = float((rest * preconditioned).sum())
            if after <= FORCING**2 * first:
                break
            direction = preconditioned + after / before * direction
            before = after
        return step, moved

    def go(
        self,
        weights: FloatArray,
        logits: FloatArray,
        gradient: FloatArray,
        step: FloatArray,
        change: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Go the step, or half of it until the loss falls as the gradient promises (Armijo)."""
        value, slope = self.value(logits, weights), float((gradient * step).sum())
        share = 1.0
        while share > 1e-6:
            moved = weights + share * step, logits + share * change
            if self.value(moved[1], moved[0]) <= value + 1e-4 * share * slope:
                return moved
            share /= 2
        return weights, logits
