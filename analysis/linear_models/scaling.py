"""Training rows with scaled descriptors, of those alone that enough rows have."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design

LEAST_WITH = 4
"""Training rows that must have a sparse descriptor for it to get a weight: what fewer have
could only be learned by heart."""
LEAST_VARIED = 0.01
"""Share of training rows in which a dense one must differ from the median of a thousand of them:
the weight of one that hardly varies could be anything, and a new row far from all others would be
multiplied by it."""
LEAST_VARYING = 10
"""Rows in which it must differ however few there are."""


@dataclass(frozen=True)
class ScaledDesign:
    """Training rows and rows held out: dense columns less their mean, over their deviation.

    Attributes:
        train: Descriptors of the training rows.
        held_out: Of the others, scaled as those of the training rows.
        kept: Which columns of the whole design these are, shape (n_columns,).
        limits: Of the training rows: see `Design.limits`.
        mean, scale: Of each column that is kept, shape (n_kept,); 0 and 1 of sparse ones.

    """

    train: Design
    held_out: Design
    kept: NDArray[np.bool_]
    limits: FloatArray
    mean: FloatArray
    scale: FloatArray

    @classmethod
    def of(
        cls,
        design: Design,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        n_alike: FloatArray | None = None,
    ) -> "ScaledDesign":
        """Choose and scale the columns by the rows `train` alone.

        Each stands for `n_alike` samples, shape (n_train,); by default for one.
        """
        part = design.take(train)
        mean = part.dense.mean(axis=0, dtype=float)
        having = part.count_having(n_alike)
        usual = np.median(part.dense[:: max(1, len(train) // 1000)], axis=0)
        varying = (part.dense != usual).sum(axis=0)
        dense = varying >= max(LEAST_VARIED * len(train), LEAST_VARYING)
        least = len(train) if n_alike is None else n_alike.sum()
        kept = np.append(having >= min(LEAST_WITH, least), dense)
        mean = mean[dense]

        def centre(rows: Design) -> Design:
            small = rows.keep(kept)
            return Design(small.sparse, small.dense - mean.astype(small.dense.dtype))

        limits = part.limits()
        trained, held_out = centre(part), centre(design.take(test).within(limits))
        columns = trained.dense.T  # Their squares may be too small or large for single precision.
        scale = np.array([np.sqrt(np.square(column, dtype=float).mean()) for column in columns])

        def shrink(rows: Design) -> Design:
            np.divide(rows.dense, scale, out=rows.dense)
            return Design(rows.sparse, rows.dense.astype(np.float32, copy=False))

        n_sparse = int(kept[: len(having)].sum())
        return cls(
            shrink(trained),
            shrink(held_out),
            kept,
            limits,
            np.append(np.zeros(n_sparse), mean),
            np.append(np.ones(n_sparse), scale),
        )

    def adopt(self, weights: FloatArray, intercept: Any) -> tuple[FloatArray, Any]:
        """Weights of all columns of the design as those of the scaled ones that are kept.

        They have shape (n_columns,) or (n_columns, n_logits), the intercept () or (n_logits,).
        """
        kept = weights[self.kept]
        return (kept.T * self.scale).T, intercept + self.mean @ kept

    def restore(self, weights: FloatArray, intercept: Any) -> tuple[FloatArray, Any]:
        """The way back: weights of all columns as they are; 0 of those that are not kept."""
        plain = np.zeros((len(self.kept), *weights.shape[1:]))
        plain[self.kept] = (weights.T / self.scale).T
        return plain, intercept - self.mean @ plain[self.kept]
