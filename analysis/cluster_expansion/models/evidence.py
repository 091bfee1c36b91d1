"""Which likeness of elements, and noise of each two of them, makes training energies most likely.

The prior's other numbers come with them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from analysis.cluster_expansion.models.likeness import FunctionTurn, to_matrix, to_numbers_slope
from analysis.cluster_expansion.models.noise import mix_pairs
from analysis.cluster_expansion.models.weighted import (
    BOUNDS,
    PRIOR_WIDTH,
    ROUNDING,
    START,
    WeightedRidge,
    pick_values,
)
from analysis.datasets import FloatArray

MATRIX = "matrix"
WIDTH, REACH = 1.0, 4.0
"""Standard deviation of the normal prior of a matrix's numbers around 0, and how far they go."""
N_PLAIN = 4
"""Numbers of a prior without swing and noise."""
MOST_ROWS = 2000
"""A matrix of few numbers needs no more energies; covariances of all would take their square."""
LEAST_GAIN = 1e-7
"""Share of the logarithm below which a step of the search gains nothing."""


@dataclass(frozen=True, eq=False)
class LikenessEvidence:
    """How likely energies are, once all parameters are integrated out, for each matrix and noise.

    Attributes:
        columns: Before they are turned, shape (n_samples, n_columns).
        points: What multiplies them where interactions change with the concentration, shape
            (n_samples, n_functions), or (n_samples, 0).
        shares: Of each element's atoms, shape (n_samples, n_elements).
        y: Energies, shape (n_samples,), scaled to a deviation of 1.
        turn: What is turned.
        estimator: The ridge whose prior it is.

    """

    columns: FloatArray
    points: FloatArray
    shares: FloatArray
    y: FloatArray
    turn: FunctionTurn
    estimator: WeightedRidge

    @cached_property
    def _mixed(self) -> FloatArray:
        return mix_pairs(self.shares)

    @cached_property
    def names(self) -> list[str]:
        """Names of the numbers in their order; those of the matrix have none."""
        own = [name for name in self.estimator.names if name != "noise"]
        return [*own, *["noise"] * self._mixed.shape[1], *[MATRIX] * self.turn.n_numbers]

    @cached_property
    def _design(self) -> FloatArray:
        n_turned = len(self.turn.first)
        n_columns = n_turned * (1 + self.points.shape[1])
        return self.estimator.log_variance_design(n_columns)[:n_turned, :N_PLAIN]

    def weigh(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Minus the logarithm of evidence times prior, and its gradient.

        The covariance of two energies is that of constant interactions, times one and what the
        concentrations of both have in common. `theta` has the numbers that `names` has.
        """
        n_own, n_matrix = len(self.estimator.names) - 1, self.turn.n_numbers
        own, noise, numbers = np.split(theta, [n_own, len(theta) - n_matrix])
        matrix = to_matrix(numbers, self.turn.n_functions)
        turned = self.turn.turn(self.columns, matrix)
        factors = self.points @ matrix.T if self.points.size else self.points
        swing = np.exp(2 * own[N_PLAIN]) if len(own) > N_PLAIN else 0.0
        variance, of_pairs = np.exp(self._design @ own[:N_PLAIN]), np.exp(2 * noise)
        constant = (turned * variance) @ turned.T
        shared = 1 + swing * factors @ factors.T
        covariance = constant * shared
        covariance[np.diag_indices_from(covariance)] += self._mixed @ of_pairs + ROUNDING * np.mean(
            np.diag(covariance)
        )
        factor = cho_factor(covariance, lower=True)
        inverse = cho_solve(factor, np.eye(len(self.y)))
        weights = inverse @ self.y
        value = 0.5 * self.y @ weights + np.log(np.diag(factor[0])).sum()
        of_covariance = inverse - np.outer(weights, weights)
        of_turned = (of_covariance * shared) @ turned * variance
        of_shared = of_covariance * constant
        of_swing = [float((of_shared * (shared - 1)).sum())] * (n_own - N_PLAIN)
        of_matrix = self.turn.slope(self.columns, matrix, of_turned)
        if self.points.size:
            of_matrix += swing * (of_shared @ factors).T @ self.points
        slope = np.concatenate(
            [
                0.5 * self._design.T @ np.einsum("ij,ij->j", turned, of_turned),
                of_swing,
                of_pairs * (self._mixed.T @ np.diag(of_covariance)),
                to_numbers_slope(matrix, of_matrix),
            ]
        )
        width = np.array(pick_values(PRIOR_WIDTH | {MATRIX: WIDTH}, self.names))
        away = (theta - pick_values(START | {MATRIX: 0.0}, self.names)) / width
        return float(value + 0.5 * away @ away), slope + away / width


@dataclass(frozen=True, eq=False)
class Learned:
    """What makes the training energies most likely.

    `matrix` (n_functions, n_functions) turns the point functions, `own` are the ridge's numbers but
    for the noise, and `noise` (n_pairs,) the variances of each two elements' noise.
    """

    matrix: FloatArray
    own: FloatArray
    noise: FloatArray


def learn_likeness(
    X: FloatArray,
    points: FloatArray,
    shares: FloatArray,
    y: FloatArray,
    turn: FunctionTurn,
    estimator: WeightedRidge,
) -> Learned:
    """What makes `y`, of deviation 1, most likely with the prior of `estimator`.

    Of more than `MOST_ROWS` rows so many are looked at, drawn by a fixed seed; see
    `LikenessEvidence`. The prior of the triangle's numbers knows the elements' order, so that other
    names would change predictions by some 0.01 meV/atom.
    """
    some = np.sort(np.random.default_rng(0).permutation(len(y))[:MOST_ROWS])
    evidence = LikenessEvidence(X[some], points[some], shares[some], y[some], turn, estimator)
    found = minimize(
        evidence.weigh,
        pick_values(START | {MATRIX: 0.0}, evidence.names),
        jac=True,
        method="L-BFGS-B",
        bounds=pick_values(BOUNDS | {MATRIX: (-REACH, REACH)}, evidence.names),
        options={"ftol": LEAST_GAIN},
    ).x
    n_own = len(estimator.names) - 1
    own, noise, numbers = np.split(found, [n_own, len(found) - turn.n_numbers])
    return Learned(to_matrix(numbers, turn.n_functions), own, np.exp(2 * noise))
