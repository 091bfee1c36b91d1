"""Descriptors as two blocks: many sparse columns, and a few that every sample has."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

DENSE_ROWS = 10_000
"""Dense rows that are turned into doubles at a time."""


def limit_values(lowest: Any, highest: Any) -> FloatArray:
    """The values that a linear term may be asked about: the range of training, and its width more.

    What lies farther off counts as the limit. A weight that was learned of 0 to 1 would make
    anything of 1,000,000.
    """
    width = np.subtract(highest, lowest)
    return np.array([lowest - width, highest + width])


@dataclass(frozen=True)
class Design:
    """Descriptors of n samples, in single precision but for dense ones that need more.

    Attributes:
        sparse: Descriptors that most samples lack, shape (n_samples, n_sparse).
        dense: The others, shape (n_samples, n_dense); maybe none.
        given: Places of dense ones that a user gave, whose values may lie anywhere.

    """

    sparse: Any
    dense: NDArray[Any]
    given: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def shape(self) -> tuple[int, int]:
        """Samples, and columns of both blocks."""
        return self.sparse.shape[0], self.sparse.shape[1] + self.dense.shape[1]

    @classmethod
    def of_sparse(cls, X: Any) -> "Design":
        """Of sparse columns alone."""
        return cls(X, np.empty((X.shape[0], 0), np.float32))

    @cached_property
    def alike(self) -> NDArray[np.int64]:
        """A number of each sample, which in effect only those with equal descriptors share.

        By the sample's place along two directions at random: of 100,000 samples two that differ
        share both with a probability of about 1e-20.
        """
        n_sparse = self.sparse.shape[1]
        directions = np.random.default_rng(0).random((self.shape[1], 2))
        places = self._with_entries(self.sparse.data.astype(float)) @ directions[:n_sparse]
        for first in range(0, len(self.dense), DENSE_ROWS):
            some = slice(first, first + DENSE_ROWS)
            places[some] += self.dense[some].astype(float) @ directions[n_sparse:]
        keys = np.ascontiguousarray(places).view(complex).ravel()
        return np.unique(keys, return_inverse=True)[1]

    def merge(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places among `rows` of the first with the same descriptors, and which of these each is.

        Shapes (n_distinct,), rising, and (n_rows,).
        """
        _, first, of = np.unique(self.alike[rows], return_index=True, return_inverse=True)
        order = np.argsort(first)
        return first[order], np.argsort(order)[of]

    @cached_property
    def _transposed(self) -> Any:
        """The sparse block with rows for columns, which shares its entries."""
        return self.sparse.T

    @cached_property
    def _squares(self) -> Any:
        """The squares of the sparse block, with rows for columns."""
        return self._with_entries(self.sparse.data**2).T

    def _with_entries(self, entries: FloatArray) -> Any:
        """Others at the places of the sparse block's."""
        parts = entries, self.sparse.indices, self.sparse.indptr
        return type(self.sparse)(parts, shape=self.sparse.shape, copy=False)

    def take(self, rows: NDArray[Any]) -> "Design":
        """Some samples, by number or mask."""
        return replace(self, sparse=self.sparse[rows], dense=self.dense[rows])

    def keep(self, columns: NDArray[np.bool_]) -> "Design":
        """Some columns; `columns` has shape (n_columns,)."""
        of_sparse, of_dense = np.split(columns, [self.sparse.shape[1]])
        return Design(
            self.sparse if of_sparse.all() else self.sparse[:, of_sparse],
            self.dense if of_dense.all() else self.dense[:, of_dense],
            np.flatnonzero(np.isin(np.flatnonzero(of_dense), self.given)),
        )

    def limits(self) -> FloatArray:
        """The least and the largest value for which each of `given` counts, shape (2, n_given)."""
        given = self.dense[:, self.given]
        return limit_values(given.min(axis=0), given.max(axis=0))

    def within(self, limits: FloatArray) -> "Design":
        """The same with the values of `given` inside the limits of training rows."""
        if not len(self.given):
            return self
        dense = self.dense.copy()
        dense[:, self.given] = np.clip(dense[:, self.given], *limits)
        return replace(self, dense=dense)

    def frequent(self, n: int) -> NDArray[np.int64]:
        """Places of the `n` sparse columns that most samples have."""
        if not n:
            return np.empty(0, dtype=np.int64)
        return np.argsort(-self.sparse.getnnz(axis=0), kind="stable")[:n]

    def count_having(self, counts: FloatArray | None = None) -> NDArray[Any]:
        """How many samples have each sparse column; each row stands for `counts` of them."""
        if counts is None:
            return np.asarray(self.sparse.getnnz(axis=0))
        has = self._with_entries(np.ones(self.sparse.nnz, np.float32))
        return np.asarray(has.T @ counts.astype(np.float32))

    def times(self, weights: FloatArray) -> FloatArray:
        """Sum of the columns, each times its weight, shape (n_samples,)."""
        n_sparse = self.sparse.shape[1]
        single = weights[:n_sparse].astype(np.float32)
        dense = self.dense @ weights[n_sparse:].astype(self.dense.dtype)
        return np.asarray(self.sparse @ single + dense, dtype=float)

    def sums(self, values: FloatArray) -> FloatArray:
        """Of each column, the sum of its entries times the samples' values, shape (n_columns,)."""
        single = values.astype(np.float32)
        return np.concatenate([self._transposed @ single, self.dense.T @ single]).astype(float)

    def sparse_square_sums(self, values: FloatArray) -> FloatArray:
        """The same of the squares of the sparse entries, shape (n_sparse,)."""
        return np.asarray(self._squares @ values.astype(np.float32), dtype=float)

    def square_sums(self, values: FloatArray) -> FloatArray:
        """The same of the squares of all entries, shape (n_columns,)."""
        dense = (self.dense**2).T @ values.astype(np.float32)
        return np.concatenate([self.sparse_square_sums(values), dense]).astype(float)
