"""Rows to train on, equal ones counted once: a fit to 87,000 costs less than one to 106,000."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import LEAST_MATERIALS

DENSE_ROWS = 10_000
"""Dense rows that are turned into doubles at a time, for their keys."""


@dataclass(frozen=True)
class TrainingRows:
    """Distinct rows of a training part, and the columns that enough of its rows have.

    Attributes:
        X: Features, shape (n_distinct, n_kept), sparse or dense.
        y: Mean label of the rows that are equal, 0 to 1, shape (n_distinct,).
        counts: How many they are, or the sum of their weights, shape (n_distinct,).
        kept: Which columns of the training part these are, shape (n_features,).

    """

    X: Any
    y: FloatArray
    counts: FloatArray
    kept: NDArray[np.bool_]


def merge_equal_rows(
    X: Any,
    y: FloatArray,
    rows: NDArray[np.int64] | None = None,
    weights: FloatArray | None = None,
) -> TrainingRows:
    """The distinct ones of `rows` of `X`, shape (n_samples, n_features); without `rows`, of all.

    The loss of a logistic regression on them, weighted by their counts, is that on all but for a
    constant. `y` and `weights` have a value per sample. A sparse column that fewer than
    LEAST_MATERIALS of the rows have is left out: which descriptors are used is chosen inside the
    training part, too.
    """
    rows = np.arange(X.shape[0]) if rows is None else rows
    _, first, of = np.unique(_row_keys(X)[rows], return_index=True, return_inverse=True)
    weight = np.ones(len(rows)) if weights is None else weights[rows]
    counts: FloatArray = np.bincount(of, weight).astype(float)
    labels = np.bincount(of, weight * y[rows]) / counts
    distinct, kept = X[rows[first]], np.ones(X.shape[1], dtype=bool)
    if not isinstance(X, np.ndarray):
        pattern = np.ones(distinct.nnz, np.float32), distinct.indices, distinct.indptr
        has = type(X)(pattern, shape=distinct.shape, copy=False)
        kept = has.T @ np.bincount(of).astype(np.float32) >= min(LEAST_MATERIALS, len(rows))
    return TrainingRows(distinct if kept.all() else distinct[:, kept], labels, counts, kept)


def _row_keys(X: Any) -> NDArray[np.complex128]:
    """A key of each row, shape (n_samples,), which in effect only equal rows share.

    The row's place along two directions at random; of 100,000 rows two that differ share both with
    a probability of about 1e-20.
    """
    directions = np.random.default_rng(0).random((X.shape[1], 2))
    if isinstance(X, np.ndarray):
        parts = range(0, len(X), DENSE_ROWS)
        places = np.vstack([X[i : i + DENSE_ROWS].astype(float) @ directions for i in parts])
    else:
        doubles = X.data.astype(float, copy=False), X.indices, X.indptr
        places = type(X)(doubles, shape=X.shape, copy=False) @ directions
    return np.ascontiguousarray(places).view(complex).ravel()
