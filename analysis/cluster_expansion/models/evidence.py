"""What prior and noise of three elements or more make the training energies most likely.

Interactions are sums of two kinds, each with a prior of its own: how strong they are, how they fall
with radius and order, and how alike the elements are to them. Chemistry reaches a few neighbours
and tells all elements apart; relaxation reaches far and knows sizes alone. Which is which is not
said: the evidence parts them, from a start at which one falls faster than the other.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cholesky
from scipy.linalg.lapack import dtrtri
from scipy.optimize import minimize

from analysis.cluster_expansion.models.likeness import (
    FunctionTurn,
    factor_blocks,
    multiply_blocks,
    slope_of_blocks,
    slope_of_blocks_by_root,
    to_matrix,
    to_numbers_slope,
)
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
N_KINDS = 2
FASTER = 4.0
"""What the search adds at its start to the decay of each kind of interactions after the first."""
N_PLAIN = 4
"""Numbers of one kind's prior beside its matrix."""
N_ROWS = 200, 500, 2000
"""Energies that begin the search, that go on with it, and that end it. Few numbers need no more,
and each step takes the cube of their count."""
LEAST_GAIN = 1e-6
"""Share of the logarithm below which a step of the search gains nothing."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """What is searched: of each kind of interactions the four numbers of its prior and its matrix.

    Then what multiplies concentrations, `swing` (n_functions, n_functions), or (0, 0) where they
    change nothing, and the variance of each two elements' `noise` (n_pairs,).
    """

    kinds: list[tuple[FloatArray, FloatArray]]
    swing: FloatArray
    noise: FloatArray


@dataclass(frozen=True, eq=False)
class Learned:
    """What makes energies likely.

    Attributes:
        kinds: As in `Numbers`; first the kind that reaches furthest.
        factors: What turns the columns so that all have a prior of variance 1: see `factor_blocks`.
        swing: As in `Numbers`.
        noise: Deviation of the rows' noise, their root mean square.
        pair_noise: Variance of each two elements' noise in units of its square, shape (n_pairs,).

    """

    kinds: list[tuple[FloatArray, FloatArray]]
    factors: list[FloatArray]
    swing: FloatArray
    noise: float
    pair_noise: FloatArray


@dataclass(frozen=True, eq=False)
class LikenessEvidence:
    """How likely energies are, once all parameters are integrated out, for each prior and noise.

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
    def names(self) -> list[str]:
        """Names of the numbers in their order: of each kind, of the swing, and of the noise."""
        matrix = [MATRIX] * self.turn.n_numbers
        swing = ["swing", *matrix] if self.points.size else []
        kinds = [*list(START)[:N_PLAIN], *matrix] * N_KINDS
        return [*kinds, *swing, *["noise"] * self._mixed.shape[1]]

    @cached_property
    def start(self) -> FloatArray:
        """Where the search begins, shape (n_numbers,)."""
        start = np.array(pick_values(START | {MATRIX: 0.0}, self.names))
        decays = np.flatnonzero([name == "decay" for name in self.names])
        start[decays] += FASTER * np.arange(N_KINDS)
        return start

    @cached_property
    def _design(self) -> FloatArray:
        """What multiplies one kind's numbers in the log variance of each orbit, (n_orbits, 4)."""
        n_turned = len(self.turn.first)
        design = self.estimator.log_variance_design(n_turned * (1 + self.points.shape[1]))
        first = np.cumsum([0, *(p.shape[1] for p in self.turn.places for _ in p)])[:-1]
        return design[first, :N_PLAIN]

    def factor(self, numbers: Numbers) -> list[FloatArray]:
        """What turns the columns so that all have a prior of variance 1."""
        kinds = [(np.exp(self._design @ own), matrix) for own, matrix in numbers.kinds]
        return factor_blocks(self.turn.add_blocks(kinds))

    @cached_property
    def _mixed(self) -> FloatArray:
        return mix_pairs(self.shares)

    @cached_property
    def _arranged(self) -> list[FloatArray]:
        return self.turn.arrange(self.columns)

    def read(self, theta: FloatArray) -> Numbers:
        """What the numbers `theta` say, in the order of `names`."""
        n_each, n = N_PLAIN + self.turn.n_numbers, self.turn.n_functions
        own = theta[: N_KINDS * n_each].reshape(N_KINDS, n_each)
        kinds = [(one[:N_PLAIN], to_matrix(one[N_PLAIN:], n)) for one in own]
        rest, noise = np.split(theta[N_KINDS * n_each :], [-self._mixed.shape[1]])
        swing = np.exp(rest[0]) * to_matrix(rest[1:], n) if len(rest) else np.eye(0)
        return Numbers(kinds, swing, np.exp(2 * noise))

    def weigh(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Minus the logarithm of evidence times prior, and its gradient.

        The covariance of two energies is that of constant interactions, times one and what the
        concentrations of both have in common.
        """
        told = self.read(theta)
        kinds = [(np.exp(self._design @ own), matrix) for own, matrix in told.kinds]
        turned = multiply_blocks(self._arranged, factor_blocks(self.turn.add_blocks(kinds)))
        factors = self.points @ told.swing.T
        constant, shared = turned @ turned.T, 1 + factors @ factors.T
        covariance = constant * shared
        covariance[np.diag_indices_from(covariance)] += (
            self._mixed @ told.noise + ROUNDING * np.mean(np.diag(covariance))
        )
        root, _ = dtrtri(cholesky(covariance, lower=True, check_finite=False), lower=1)
        weights = root.T @ (root @ self.y)
        value = 0.5 * self.y @ weights - np.log(np.diag(root)).sum()
        of_swing, of_diagonal = [], (root**2).sum(axis=0) - weights**2
        if self.points.size:
            of_covariance = root.T @ root - np.outer(weights, weights)
            of_blocks = slope_of_blocks(self._arranged, of_covariance * shared)
            of_swing = self._slope_of_swing(told.swing, of_covariance * constant)
        else:
            of_blocks = slope_of_blocks_by_root(self._arranged, root, weights)
        slopes: list[FloatArray] = []
        for variance, matrix in kinds:
            of_logs, of_matrix = self.turn.slope(of_blocks, variance, matrix)
            slopes += [self._design.T @ of_logs, to_numbers_slope(matrix, of_matrix)]
        slopes += [*of_swing, told.noise * (self._mixed.T @ of_diagonal)]
        width = np.array(pick_values(PRIOR_WIDTH | {MATRIX: WIDTH}, self.names))
        away = (theta - pick_values(START | {MATRIX: 0.0}, self.names)) / width
        return float(value + 0.5 * away @ away), np.concatenate(slopes) + away / width

    def _slope_of_swing(self, swing: FloatArray, of_shared: FloatArray) -> list[FloatArray]:
        """What changes with the swing's scale and matrix."""
        of_swing = (of_shared @ self.points @ swing.T).T @ self.points
        scale = np.linalg.det(swing) ** (1 / len(swing))
        of_scale = np.atleast_1d((of_swing * swing).sum())
        return [of_scale, to_numbers_slope(swing / scale, scale * of_swing)]


def learn_likeness(
    X: FloatArray,
    points: FloatArray,
    shares: FloatArray,
    y: FloatArray,
    turn: FunctionTurn,
    estimator: WeightedRidge,
) -> Learned:
    """What makes `y`, of deviation 1, most likely.

    Rows are looked at in an order drawn by a fixed seed: few first, then more from what these say;
    see `N_ROWS` and `LikenessEvidence`. The prior of the triangle's numbers knows the elements'
    order, so that other names would change predictions by some 0.01 meV/atom.
    """
    drawn = np.random.default_rng(0).permutation(len(y))
    theta = np.empty(0)
    for n_rows in dict.fromkeys(min(len(y), most) for most in N_ROWS):
        some = np.sort(drawn[:n_rows])
        evidence = LikenessEvidence(X[some], points[some], shares[some], y[some], turn, estimator)
        theta = minimize(
            evidence.weigh,
            theta if theta.size else evidence.start,
            jac=True,
            method="L-BFGS-B",
            bounds=pick_values(BOUNDS | {MATRIX: (-REACH, REACH)}, evidence.names),
            options={"ftol": LEAST_GAIN},
        ).x
    told, decay = evidence.read(theta), list(START).index("decay")
    mean = float((mix_pairs(shares) @ told.noise).mean())
    return Learned(
        sorted(told.kinds, key=lambda kind: float(kind[0][decay])),
        evidence.factor(told),
        told.swing,
        float(np.sqrt(mean)),
        told.noise / mean,
    )
