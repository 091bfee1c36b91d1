"""What models of numbers are fitted to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design


@dataclass(frozen=True)
class NumberSamples:
    """Samples with a number each; those with the same descriptors may share a row of the design.

    Attributes:
        design: Descriptors, shape (n_rows, n_columns).
        y: The numbers, shape (n_samples,).
        counts: How much each sample counts, shape (n_samples,).
        lowest: No prediction is below it; samples that have it are censored.
        row: Which row of the design each sample has, shape (n_samples,).

    """

    design: Design
    y: FloatArray
    counts: FloatArray
    lowest: float
    row: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        design: Design,
        y: FloatArray,
        counts: FloatArray | None = None,
        lowest: float = -np.inf,
    ) -> "NumberSamples":
        """Samples with a row each, which count alike unless told otherwise."""
        counts = np.ones(len(y)) if counts is None else counts
        return cls(design, y, counts, lowest, np.arange(len(y)))

    @property
    def censored(self) -> NDArray[np.bool_]:
        """Of which the number tells no more than that it is not above the lowest, (n_samples,)."""
        return np.asarray(self.y <= self.lowest)

    def every(self, step: int) -> "NumberSamples":
        """The first sample, and each that is `step` after one of them."""
        rows, row = np.unique(self.row[::step], return_inverse=True)
        y, counts = self.y[::step], self.counts[::step]
        return NumberSamples(self.design.take(rows), y, counts, self.lowest, row)
