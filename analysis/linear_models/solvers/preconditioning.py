"""A quick, rough inverse of the second derivatives of a linear model, for conjugate gradients.

Sparse columns hardly overlap, so the diagonal does for them. Magpie's averages are relatives of
each other: of them and the intercept the whole block is inverted, from a sample of the rows. Near
a minimum the most frequent sparse columns join the block: of each set of descriptors they add up to
one, so that they are almost collinear, and to tell them apart takes more products than all else.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design

ENOUGH_ROWS = 50
"""Rows for each column of the block that tell it well enough."""


@dataclass(frozen=True)
class Preconditioner:
    """The inverse of the diagonal of the sparse columns, and of the block of the others.

    Attributes:
        diagonal: Shape (n_sparse,), or (n_sparse, n_logits).
        block: Cholesky's factor of the columns of the block and, last, the intercept.
        places: Sparse columns of the block, which stand before the dense ones, shape (n_frequent,).

    """

    diagonal: FloatArray
    block: tuple[FloatArray, bool]
    places: NDArray[np.int64]

    @classmethod
    def of(
        cls, design: Design, shares: FloatArray, strength: float, n_frequent: int = 0
    ) -> "Preconditioner":
        """Of the sum of squares of a design's rows, each times its share, and an L2 penalty.

        `shares` has shape (n_samples,) or (n_samples, n_logits), whose mean makes the one block of
        all logits; `strength` is of every column, not of the intercept. The `n_frequent` sparse
        columns that most rows have are in the block.
        """
        places = design.frequent(n_frequent)
        n_columns = len(places) + design.dense.shape[1]
        every = max(1, len(shares) // (ENOUGH_ROWS * (n_columns + 1)))
        some = every * shares[::every]
        some = some if some.ndim == 1 else some.mean(axis=1)
        rows = np.hstack(
            [
                design.sparse[::every][:, places].toarray(),
                design.dense[::every],
                np.ones((len(some), 1), np.float32),
            ]
        )
        factor = _decompose(rows, some, np.append(np.full(n_columns, strength), 1e-9))
        return cls(design.sparse_square_sums(shares) + strength, factor, places)

    def solve(self, values: FloatArray) -> FloatArray:
        """Roughly the solution of second derivatives · solution = values, the intercept last."""
        n_sparse, n_frequent = len(self.diagonal), len(self.places)
        inner = np.concatenate([values[self.places], values[n_sparse:]])
        found = cho_solve(self.block, inner, check_finite=False)
        solution = np.concatenate([values[:n_sparse] / self.diagonal, found[n_frequent:]])
        solution[self.places] = found[:n_frequent]
        return solution


def _decompose(
    rows: NDArray[np.floating], shares: FloatArray, penalties: FloatArray
) -> tuple[FloatArray, bool]:
    """Cholesky's factor of rows' squares; in double if single precision leaves it no square.

    So it can be of relatives of each other at a weak penalty.
    """
    weighted = np.sqrt(shares).astype(rows.dtype)[:, None] * rows
    # Of one array with itself, which costs half.
    matrix = np.asarray(weighted.T @ weighted, dtype=float)
    matrix[np.diag_indices(len(matrix))] += penalties
    try:
        factor: tuple[FloatArray, bool] = cho_factor(matrix, check_finite=False)
    except LinAlgError:
        if rows.dtype == float:
            raise
        return _decompose(rows.astype(float), shares, penalties)
    return factor
