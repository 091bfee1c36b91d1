"""Newton's method for a logistic regression on many sparse columns.

The matrix of second derivatives would have a row per descriptor, so it is only ever multiplied by a
vector: each step comes from conjugate gradients, with the matrix's diagonal as preconditioner
(Nocedal and Wright, Numerical Optimization, 2006, chapter 7.1). Near the end the most frequent
columns are solved exactly: of each set of descriptors they add up to one, so that they are almost
collinear, and to tell them apart took more products than all else.

Measured on a training part of the calculated labels (84,890 materials, 57,956 descriptors,
C = 0.2, largest gradient below 1e-4, one core): this one 0.6 s, or 0.3 s to 0.6 s from the fit of
half the C; scikit-learn's lbfgs 1.9 s and newton-cg 2.0 s, glum's lbfgs 3.9 s. On 8,000 of these
materials 0.13 s; skglm's ProxNewton, whose L2 wants a trace of L1, 1.2 s. newton-cholesky and
glum's irls need the whole matrix; for saga and sag see the page's figure of solvers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.datasets import FloatArray

MOST_STEPS = 60
MOST_PRODUCTS = 500
"""Products with the second derivatives in one step: rounding ends the gain before that."""
FORCING = 0.5
"""A step is good enough if it leaves this share of the preconditioned gradient."""
ENOUGH_ROWS = 50
"""Of dense samples for each of their columns, to tell the second derivatives well enough."""
GAP_SHARE = 0.2
"""Of the tolerance, how much of the loss may be left to gain."""
NEAR = 1e-4
"""What is left, in the measure of the tolerance, from where on FREQUENT columns are solved exactly,
by the second derivatives of each EVERY-th sample. 200 and 8 need fewest seconds: 1e-4 is reached by
171 products instead of 259, 1e-5 by 391 instead of 787."""
FREQUENT, EVERY = 300, 4
Precondition = Callable[[FloatArray], FloatArray]
"""What the inverse of about the second derivatives makes of a vector, shape (n_features + 1,)."""


@dataclass(frozen=True)
class Loss:
    """Sum of logistic losses and the L2 penalty of every weight but the last, the intercept.

    Attributes:
        X: Features, shape (n_samples, n_features), sparse or dense, in either precision.
        y: Labels, 0 to 1, shape (n_samples,): the mean of a sample that stands for several.
        counts: How many each sample stands for, shape (n_samples,).
        pull: Strength of the penalty, 1 / C.

    """

    X: Any
    y: FloatArray
    counts: FloatArray
    pull: float

    def logit(self, weights: FloatArray) -> FloatArray:
        """Shape (n_samples,); `weights` have shape (n_features + 1,)."""
        return np.asarray(multiply_vector(self.X, weights[:-1]) + weights[-1])

    def value(self, logit: FloatArray, weights: FloatArray) -> float:
        """The loss at `weights` with their `logit`."""
        penalty = 0.5 * self.pull * weights[:-1] @ weights[:-1]
        return float(self.counts @ (np.logaddexp(0, logit) - self.y * logit) + penalty)

    @cached_property
    def transposed(self) -> Any:
        """`X` with rows for columns, which shares its entries."""
        return self.X.T

    @cached_property
    def squares(self) -> Any:
        """The squares of `X`, with rows for columns."""
        return square(self.X).T

    @cached_property
    def frequent(self) -> tuple[Any, FloatArray]:
        """Places of the FREQUENT columns of a sparse `X`, the intercept last; their dense entries.

        These are of each EVERY-th sample, a column of ones for the intercept.
        """
        places = np.argsort(-self.X.getnnz(axis=0), kind="stable")[:FREQUENT]
        some = self.X[::EVERY][:, places].toarray()
        ones = np.ones((len(some), 1), some.dtype)
        return np.append(places, self.X.shape[1]), np.hstack([some, ones])

    def gradient(self, residuals: FloatArray, weights: FloatArray) -> FloatArray:
        """First derivatives; `residuals` are counts times probability less label."""
        return np.append(
            multiply_vector(self.transposed, residuals) + self.pull * weights[:-1], residuals.sum()
        )

    def diagonal(self, curvatures: FloatArray) -> FloatArray:
        """Second derivatives by each weight alone."""
        return np.append(multiply_vector(self.squares, curvatures) + self.pull, curvatures.sum())


def multiply_vector(X: Any, vector: FloatArray) -> FloatArray:
    """The product of a matrix and a vector in the precision of the matrix, as doubles.

    SciPy and NumPy would copy a matrix of single precision to one of double for each product.
    """
    return np.asarray(X @ vector.astype(X.dtype, copy=False), dtype=float)


def square(X: Any) -> Any:
    """The squares of all entries; of a sparse matrix, with the places of `X` itself."""
    if isinstance(X, np.ndarray):
        return X * X
    return type(X)((X.data**2, X.indices, X.indptr), shape=X.shape, copy=False)


def minimise(
    X: Any,
    y: FloatArray,
    strength: float,
    tolerance: float,
    start: FloatArray | None = None,
    most_steps: int = MOST_STEPS,
    counts: FloatArray | None = None,
) -> FloatArray:
    """Weights at the minimum of the mean loss, the intercept last, shape (n_features + 1,).

    Ends when no component of its gradient exceeds `tolerance` and Newton steps for each weight
    alone would gain less than GAP_SHARE of it. (A rare descriptor's gradient is small because it is
    rare: by the gradient alone it would stay where it began.) `start` must not know labels that the
    fit may not see, for a fit that ends early has a trace of where it began. A sample with
    `counts` stands for so many, of which `y` is the mean label.
    """
    counts = np.ones(len(y)) if counts is None else counts
    loss = Loss(X, y, counts, 1 / strength)
    n_samples = counts.sum()
    weights = np.zeros(X.shape[1] + 1) if start is None else start
    logit = loss.logit(weights)
    for _ in range(most_steps):
        probability = 1 / (1 + np.exp(-logit))
        gradient = loss.gradient(counts * (probability - y), weights)
        curvatures = counts * probability * (1 - probability)
        diagonal = loss.diagonal(curvatures)
        gap = gradient @ (gradient / diagonal) / 2
        left = max(np.abs(gradient).max(), gap / GAP_SHARE) / n_samples
        if left <= tolerance:
            break
        if isinstance(X, np.ndarray):
            step = _solve_step(loss, gradient, curvatures)
            change = loss.logit(step)
        else:
            precondition = _precondition(loss, curvatures, diagonal, is_near=left < NEAR)
            step, change = _find_step(loss, gradient, curvatures, precondition)
        weights, logit = _go(loss, weights, logit, gradient, step, change)
    return weights


def _precondition(
    loss: Loss, curvatures: FloatArray, diagonal: FloatArray, *, is_near: bool
) -> Precondition:
    """By the diagonal alone or, near the minimum, FREQUENT columns by a decomposition."""
    if not is_near:
        return lambda vector: vector / diagonal
    from scipy.linalg import cho_solve

    places, some = loss.frequent
    weighted = np.sqrt(EVERY * curvatures[::EVERY]).astype(some.dtype)[:, None] * some
    factor = _decompose(weighted, loss.pull)

    def solve(vector: FloatArray) -> FloatArray:
        found = vector / diagonal
        found[places] = cho_solve(factor, vector[places], check_finite=False)
        return found

    return solve


def _find_step(
    loss: Loss, gradient: FloatArray, curvatures: FloatArray, precondition: Precondition
) -> tuple[FloatArray, FloatArray]:
    """Solve second derivatives · step = -gradient roughly; also what it changes of each logit."""
    step, rest, change = np.zeros_like(gradient), -gradient, np.zeros_like(curvatures)
    direction = precondition(rest)
    before = first = rest @ direction
    for _ in range(MOST_PRODUCTS):
        along = loss.logit(direction)
        product = loss.gradient(curvatures * along, direction)
        length = before / (direction @ product)
        step += length * direction
        change += length * along
        rest -= length * product
        preconditioned = precondition(rest)
        after = rest @ preconditioned
        if after <= FORCING**2 * first:
            break
        direction = preconditioned + after / before * direction
        before = after
    return step, change


def _solve_step(loss: Loss, gradient: FloatArray, curvatures: FloatArray) -> FloatArray:
    """Solve it by Cholesky's decomposition of the whole matrix, of ENOUGH_ROWS per column.

    The gradient is of all rows, so that the minimum stays what it is (sub-sampled Newton: Byrd et
    al. 2011, doi:10.1137/10079923X).
    """
    from scipy.linalg import cho_solve

    n_samples, n_features = loss.X.shape
    every = max(1, n_samples // (ENOUGH_ROWS * n_features))
    roots = np.sqrt(every * curvatures[::every])[:, None].astype(loss.X.dtype)
    weighted = np.hstack([roots * loss.X[::every], roots])
    return np.asarray(cho_solve(_decompose(weighted, loss.pull), -gradient))


def _decompose(weighted: FloatArray, pull: float) -> tuple[FloatArray, bool]:
    """Cholesky's factor with the penalty; in double if single precision leaves no square."""
    from scipy.linalg import LinAlgError, cho_factor

    # Of one array with itself, which costs half.
    matrix = np.asarray(weighted.T @ weighted, dtype=float)
    matrix[np.diag_indices(len(matrix) - 1)] += pull
    try:
        factor: tuple[FloatArray, bool] = cho_factor(matrix, check_finite=False)
    except LinAlgError:
        if weighted.dtype == float:
            raise
        return _decompose(weighted.astype(float), pull)
    return factor


def _go(
    loss: Loss,
    weights: FloatArray,
    logit: FloatArray,
    gradient: FloatArray,
    step: FloatArray,
    change: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Go the step, or half of it until the loss falls as the gradient promises (Armijo)."""
    value, slope = loss.value(logit, weights), gradient @ step
    share = 1.0
    while share > 1e-6:
        moved = weights + share * step, logit + share * change
        if loss.value(moved[1], moved[0]) <= value + 1e-4 * share * slope:
            return moved
        share /= 2
    return weights, logit
