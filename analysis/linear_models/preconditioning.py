"""A quick, rough inverse of the second derivatives of a linear model, for conjugate gradients.

Sparse columns hardly overlap, so the diagonal does for them. Magpie's averages are relatives of
each other: of them and the intercept the whole block is inverted, from a sample of the rows.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design

ENOUGH_ROWS = 50
"""Rows for each dense column that tell the block well enough."""


@dataclass(frozen=True)
class Preconditioner:
    """The inverse of the diagonal of the sparse columns, and of the block of the others.

    Attributes:
        diagonal: Shape (n_sparse,), or (n_sparse, n_logits).
        block: Cholesky's factor of the dense columns and, last, the intercept.

    """

    diagonal: FloatArray
    block: tuple[FloatArray, bool]

    @classmethod
    def of(cls, design: Design, shares: FloatArray, strength: float) -> "Preconditioner":
        """Of the sum of squares of a design's rows, each times its share, and an L2 penalty.

        `shares` has shape (n_samples,) or (n_samples, n_logits), whose mean makes the one block of
        all logits; `strength` is of every column, not of the intercept.
        """
        n_dense = design.dense.shape[1]
        every = max(1, len(shares) // (ENOUGH_ROWS * (n_dense + 1)))
        some = every * shares[::every]
        some = some if some.ndim == 1 else some.mean(axis=1)
        # In single precision relatives of each other can leave it no square at a weak penalty.
        rows = np.hstack([design.dense[::every].astype(float), np.ones((len(some), 1))])
        rows *= np.sqrt(some)[:, None]
        block = rows.T @ rows
        block[np.diag_indices(n_dense + 1)] += np.append(np.full(n_dense, strength), 1e-9)
        return cls(design.sparse_square_sums(shares) + strength, cho_factor(block))

    def solve(self, values: FloatArray) -> FloatArray:
        """Roughly the solution of second derivatives · solution = values, the intercept last."""
        n_sparse = len(self.diagonal)
        dense = cho_solve(self.block, values[n_sparse:])
        return np.concatenate([values[:n_sparse] / self.diagonal, dense])
