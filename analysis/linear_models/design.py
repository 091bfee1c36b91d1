"""Descriptors as two blocks: many sparse columns, and a few that every sample has."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray


@dataclass(frozen=True)
class Design:
    """Descriptors of n samples, in single precision.

    Attributes:
        sparse: Descriptors that most samples lack, shape (n_samples, n_sparse).
        dense: The others, shape (n_samples, n_dense); maybe none.

    """

    sparse: Any
    dense: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Samples, and columns of both blocks."""
        return self.sparse.shape[0], self.sparse.shape[1] + self.dense.shape[1]

    def take(self, rows: NDArray[Any]) -> "Design":
        """Some samples, by number or mask."""
        return Design(self.sparse[rows], self.dense[rows])

    def keep(self, columns: NDArray[np.bool_]) -> "Design":
        """Some columns; `columns` has shape (n_columns,)."""
        n_sparse = self.sparse.shape[1]
        return Design(self.sparse[:, columns[:n_sparse]], self.dense[:, columns[n_sparse:]])

    def times(self, weights: FloatArray) -> FloatArray:
        """Sum of the columns, each times its weight, shape (n_samples,)."""
        n_sparse = self.sparse.shape[1]
        single = weights.astype(np.float32)
        return np.asarray(
            self.sparse @ single[:n_sparse] + self.dense @ single[n_sparse:], dtype=float
        )

    def sums(self, values: FloatArray) -> FloatArray:
        """Of each column, the sum of its entries times the samples' values, shape (n_columns,)."""
        single = values.astype(np.float32)
        return np.concatenate([self.sparse.T @ single, self.dense.T @ single]).astype(float)

    def sparse_square_sums(self, values: FloatArray) -> FloatArray:
        """The same of the squares of the sparse entries, shape (n_sparse,)."""
        squares = type(self.sparse)(
            (self.sparse.data**2, self.sparse.indices, self.sparse.indptr), shape=self.sparse.shape
        )
        return np.asarray(squares.T @ values.astype(np.float32), dtype=float)

    def square_sums(self, values: FloatArray) -> FloatArray:
        """The same of the squares of all entries, shape (n_columns,)."""
        dense = (self.dense**2).T @ values.astype(np.float32)
        return np.concatenate([self.sparse_square_sums(values), dense]).astype(float)
