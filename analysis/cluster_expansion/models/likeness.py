"""How alike elements are: turned point functions, learned from the energies.

With three elements or more, which point functions stand on a site is a choice, and a prior that
treats all of them alike says that all elements differ as much. They do not: silver and gold are of
one size, copper is smaller. So the functions of every site are multiplied by one matrix, which
comes from the training energies with the prior's other numbers, and only then treated alike. What
changes when one element takes the place of another is then expected to be as large as the
distance between the elements' turned functions. (The prior of a function of several categories
as a product over its arguments: Bonilla, Chai, Williams 2007, Multi-task Gaussian process
prediction, section 2.) Interactions of several kinds, each with its own matrix, add up: what
parameters of one orbit then have in common is the sum of all kinds' covariances, a block.

The model stays a cluster expansion: its parameters are turned back to those of the orbits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.blas import dtrmm
from scipy.sparse import csr_array

from analysis.datasets import FloatArray
from warehouse.conventions.lattices import IntArray
from warehouse.conventions.point_functions import point_functions

Arrangements = Sequence[Sequence[Sequence[int]]]
"""Of each column, all equivalent choices of the point functions of its cluster's sites."""
Kinds = Sequence[tuple[FloatArray, FloatArray]]
"""Of each kind of interactions the variance of each orbit (n_orbits,), and the matrix."""


@dataclass(frozen=True, eq=False)
class FunctionTurn:
    """Which column has each arrangement of point functions, orbit by orbit of plain clusters.

    `places` has for each order the columns (n_orbits, n_functions^order) of that order's orbits, in
    the order of `itertools.product`.
    """

    n_functions: int
    places: tuple[IntArray, ...]

    @property
    def n_numbers(self) -> int:
        """How many numbers tell a matrix: it is triangular, and its scale means nothing."""
        return self.n_functions * (self.n_functions + 1) // 2 - 1

    @property
    def orders(self) -> list[int]:
        """Sites of a cluster, for each item of `places`."""
        return [round(np.log(p.shape[1]) / np.log(self.n_functions)) for p in self.places]

    @property
    def first(self) -> IntArray:
        """Of each turned column (n_turned,), the first of its orbit's columns.

        That one has the first function on all sites, of which there is one arrangement.
        """
        return np.concatenate([np.repeat(p[:, 0], p.shape[1]) for p in self.places])

    def arrange(self, columns: FloatArray) -> list[FloatArray]:
        """Of each order the `columns` (n_samples, n_columns) as (n_orbits, n_samples, k)."""
        return [np.ascontiguousarray(columns[:, p].transpose(1, 0, 2)) for p in self.places]

    def turn(self, columns: FloatArray, factors: Sequence[FloatArray]) -> FloatArray:
        """Turned columns (n_samples, n_turned) of `columns` (n_samples, n_columns)."""
        return multiply_blocks(self.arrange(columns), factors)

    def turn_back(self, coefficients: FloatArray, factors: Sequence[FloatArray]) -> FloatArray:
        """Coefficients (..., n_columns) that predict as those of turned columns do."""
        shape, parts, start = coefficients.shape[:-1], [], 0
        for factor in factors:
            n_orbits, k, _ = factor.shape
            block = coefficients[..., start : start + n_orbits * k].reshape(-1, n_orbits, k)
            turned = np.matmul(factor, block.transpose(1, 2, 0)).transpose(2, 0, 1)
            parts.append(turned.reshape(-1, n_orbits * k))
            start += n_orbits * k
        found = np.hstack(parts) @ self._membership
        return np.asarray(found).reshape(*shape, self._membership.shape[1])

    @cached_property
    def _membership(self) -> csr_array:
        """Which column (n_turned, n_columns) each arrangement belongs to, as ones."""
        columns = np.concatenate([places.ravel() for places in self.places])
        ones = np.ones(len(columns))
        return csr_array((ones, (np.arange(len(columns)), columns)))

    def add_blocks(self, kinds: Kinds) -> list[FloatArray]:
        """Of each order the covariance (n_orbits, k, k) that the sum of all `kinds` has.

        Each kind has the variance of each orbit and its matrix.
        """
        blocks, start = [], 0
        for places, order in zip(self.places, self.orders, strict=True):
            own = slice(start, start + len(places))
            powers = [(variance[own], _power(matrix, order)) for variance, matrix in kinds]
            blocks.append(sum(v[:, None, None] * (power.T @ power) for v, power in powers))
            start += len(places)
        return [np.asarray(block) for block in blocks]

    def slope(
        self, of_blocks: Sequence[FloatArray], variance: FloatArray, matrix: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """What a function of the blocks changes with one kind's log variances and matrix.

        `of_blocks` is what it changes with each entry of each block, which is symmetric.
        """
        of_logs, of_matrix, start = [], np.zeros_like(matrix), 0
        for own, order in zip(of_blocks, self.orders, strict=True):
            variances = variance[start : start + len(own)]
            power = _power(matrix, order)
            of_logs.append(variances * np.einsum("opq,pq->o", own, power.T @ power))
            of_power = 2 * power @ np.einsum("o,opq->pq", variances, own)
            shaped = of_power.reshape((self.n_functions,) * (2 * order))
            for site in range(order):
                of_matrix += _contract(shaped, matrix, site)
            start += len(own)
        return np.concatenate(of_logs), of_matrix


def multiply_blocks(arranged: Sequence[FloatArray], factors: Sequence[FloatArray]) -> FloatArray:
    """Columns (n_samples, n_turned) of `arranged` ones, times the factor of each orbit."""
    parts = []
    for own, factor in zip(arranged, factors, strict=True):
        parts.append(np.matmul(own, factor).transpose(1, 0, 2).reshape(own.shape[1], -1))
    return np.hstack(parts)


def factor_blocks(blocks: Sequence[FloatArray]) -> list[FloatArray]:
    """Of each order's blocks B (n_orbits, k, k) the factors F with B = F Fᵀ."""
    found = []
    for block in blocks:
        values, vectors = np.linalg.eigh(block)
        found.append(np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]))
    return found


def slope_of_blocks(arranged: Sequence[FloatArray], of_covariance: FloatArray) -> list[FloatArray]:
    """What changes with each order's blocks, of half the trace of `of_covariance` and rows'."""
    found = []
    for own in arranged:
        n_orbits, n, k = own.shape
        flat = own.transpose(1, 0, 2).reshape(n, -1)
        weighed = (of_covariance @ flat).reshape(n, n_orbits, k).transpose(1, 0, 2)
        found.append(0.5 * np.matmul(own.transpose(0, 2, 1), weighed))
    return found


def slope_of_blocks_by_root(
    arranged: Sequence[FloatArray], root: FloatArray, weights: FloatArray
) -> list[FloatArray]:
    """Likewise for rootᵀ root less the outer product of `weights`; `root` is a lower triangle.

    A triangle takes half of the products.
    """
    found = []
    for own in arranged:
        n_orbits, n, k = own.shape
        flat = own.transpose(1, 0, 2).reshape(n, -1)
        turned = dtrmm(1.0, root, flat.T, side=1, lower=1, trans_a=1).reshape(n_orbits, k, n)
        told = (weights @ flat).reshape(n_orbits, k)
        squares = np.matmul(turned, turned.transpose(0, 2, 1))
        found.append(0.5 * (squares - told[:, :, None] * told[:, None, :]))
    return found


def group_arrangements(arrangements: Arrangements) -> FunctionTurn:
    """Find the column of every arrangement; columns of one orbit of clusters come in a row."""
    n_functions = 1 + max(max(chosen[0]) for chosen in arrangements)
    by_order: dict[int, list[list[int]]] = {}
    column = 0
    while column < len(arrangements):
        order = len(arrangements[column][0])
        found: dict[tuple[int, ...], int] = {}
        while len(found) < n_functions**order:
            for chosen in arrangements[column]:
                found[tuple(chosen)] = column
            column += 1
        by_order.setdefault(order, []).append([found[key] for key in sorted(found)])
    places = tuple(np.array(by_order[order]) for order in sorted(by_order))
    return FunctionTurn(n_functions, places)


def to_matrix(numbers: FloatArray, n_functions: int) -> FloatArray:
    """The lower triangle (n_functions, n_functions) with determinant 1 that `numbers` tell.

    The logarithms of its diagonal but the last, which makes them sum to 0, then the rest by rows.
    """
    logs = np.append(numbers[: n_functions - 1], -numbers[: n_functions - 1].sum())
    matrix = np.diag(np.exp(logs))
    matrix[np.tril_indices(n_functions, -1)] = numbers[n_functions - 1 :]
    return matrix


def to_numbers_slope(matrix: FloatArray, of_matrix: FloatArray) -> FloatArray:
    """What changes with the numbers of `to_matrix`, from what changes with the matrix."""
    of_logs = np.diag(of_matrix) * np.diag(matrix)
    return np.concatenate([of_logs[:-1] - of_logs[-1], of_matrix[np.tril_indices(len(matrix), -1)]])


def measure_unlikeness(matrix: FloatArray) -> FloatArray:
    """Distances (n_elements, n_elements) between elements, in units of their root mean square."""
    turned = point_functions(len(matrix) + 1) @ matrix.T
    distances = np.linalg.norm(turned[:, None] - turned[None], axis=-1)
    pairs = distances[np.triu_indices(len(turned), 1)]
    return np.asarray(distances / np.sqrt(np.mean(pairs**2)))


def multiply_columns(columns: FloatArray, factors: FloatArray) -> FloatArray:
    """`columns` (n, n_columns), then these times each of `factors` (n, n_factors), side by side."""
    return np.hstack([columns, *(columns * factor[:, None] for factor in factors.T)])


def _power(matrix: FloatArray, order: int) -> FloatArray:
    """What turns the functions of `order` sites at once."""
    power: FloatArray = np.ones((1, 1))
    for _ in range(order):
        power = np.asarray(np.kron(power, matrix), dtype=np.float64)
    return power


def _contract(of_power: FloatArray, matrix: FloatArray, site: int) -> FloatArray:
    """The part of the slope that comes from one site of the clusters."""
    order = of_power.ndim // 2
    left: FloatArray = of_power
    for other in reversed([place for place in range(order) if place != site]):
        axes = (other, left.ndim // 2 + other)
        left = np.asarray(np.tensordot(left, matrix, axes=(axes, (0, 1))), dtype=np.float64)
    return left
