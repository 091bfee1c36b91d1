"""Which likeness of elements makes the training energies most likely, with the prior's numbers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from analysis.cluster_expansion.models.likeness import FunctionTurn, to_matrix, to_numbers_slope
from analysis.cluster_expansion.models.weighted import (
    BOUNDS,
    PRIOR_WIDTH,
    ROUNDING,
    START,
    WeightedRidge,
    pick_values,
)
from analysis.datasets import FloatArray

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
    """How likely energies are, once all parameters are integrated out, for each matrix.

    Attributes:
        columns: Before they are turned, shape (n_samples, n_columns).
        points: What multiplies them where interactions change with the concentration, shape
            (n_samples, n_functions), or (n_samples, 0).
        y: Energies, shape (n_samples,), scaled to a deviation of 1.
        turn: What is turned.
        estimator: The ridge whose prior it is.

    """

    columns: FloatArray
    points: FloatArray
    y: FloatArray
    turn: FunctionTurn
    estimator: WeightedRidge

    @cached_property
    def _design(self) -> FloatArray:
        n_turned = len(self.turn.first)
        n_columns = n_turned * (1 + self.points.shape[1])
        return self.estimator.log_variance_design(n_columns)[:n_turned, :N_PLAIN]

    def weigh(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Minus the logarithm of evidence times prior, and its gradient.

        The covariance of two energies is that of constant interactions, times one and what the
        concentrations of both have in common. `theta` has the ridge's numbers, then the matrix's.
        """
        names = self.estimator.names
        own, numbers = np.split(theta, [len(names)])
        named = dict(zip(names, own, strict=True))
        matrix = to_matrix(numbers, self.turn.n_functions)
        turned = self.turn.turn(self.columns, matrix)
        factors = self.points @ matrix.T if self.points.size else self.points
        swing = np.exp(2 * named.get("swing", 0.0))
        variance, noise = np.exp(self._design @ own[:N_PLAIN]), np.exp(2 * named["noise"])
        constant = (turned * variance) @ turned.T
        shared = 1 + swing * factors @ factors.T
        covariance = constant * shared
        covariance[np.diag_indices_from(covariance)] += noise + ROUNDING * np.mean(
            np.diag(covariance)
        )
        factor = cho_factor(covariance, lower=True)
        inverse = cho_solve(factor, np.eye(len(self.y)))
        weights = inverse @ self.y
        value = 0.5 * self.y @ weights + np.log(np.diag(factor[0])).sum()
        of_covariance = inverse - np.outer(weights, weights)
        of_turned = (of_covariance * shared) @ turned * variance
        of_shared = of_covariance * constant
        slopes = {
            "swing": float((of_shared * (shared - 1)).sum()),
            "noise": float(noise * np.trace(of_covariance)),
        }
        of_own = np.append(
            0.5 * self._design.T @ np.einsum("ij,ij->j", turned, of_turned),
            [slopes[name] for name in names[N_PLAIN:]],
        )
        of_matrix = self.turn.slope(self.columns, matrix, of_turned)
        if self.points.size:
            of_matrix += swing * (of_shared @ factors).T @ self.points
        away = (own - pick_values(START, names)) / pick_values(PRIOR_WIDTH, names)
        spread = numbers / WIDTH
        return (
            float(value + 0.5 * away @ away + 0.5 * spread @ spread),
            np.concatenate(
                [
                    of_own + away / pick_values(PRIOR_WIDTH, names),
                    to_numbers_slope(matrix, of_matrix) + spread / WIDTH,
                ]
            ),
        )


def learn_likeness(
    X: FloatArray, points: FloatArray, y: FloatArray, turn: FunctionTurn, estimator: WeightedRidge
) -> tuple[FloatArray, FloatArray]:
    """The matrix that makes `y` most likely with the prior of `estimator`, and the ridge's numbers.

    Of more than `MOST_ROWS` rows so many are looked at, evenly spaced in their order; see
    `LikenessEvidence`. The prior of the triangle's numbers knows the elements' order, so that other
    names would change predictions by some 0.01 meV/atom.
    """
    some = np.unique(np.linspace(0, len(y) - 1, min(len(y), MOST_ROWS)).round().astype(int))
    scaled = y[some] / (float(y.std()) or 1.0)
    names = estimator.names
    found = minimize(
        LikenessEvidence(X[some], points[some], scaled, turn, estimator).weigh,
        np.append(pick_values(START, names), np.zeros(turn.n_numbers)),
        jac=True,
        method="L-BFGS-B",
        bounds=[*pick_values(BOUNDS, names), *[(-REACH, REACH)] * turn.n_numbers],
        options={"ftol": LEAST_GAIN},
    )
    own, numbers = np.split(found.x, [len(names)])
    return to_matrix(numbers, turn.n_functions), own
