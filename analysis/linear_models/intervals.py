"""Intervals about predictions that held-out errors tell: conformal, within bins of the prediction.

Errors of a property differ in size along it. One width for all holds nine tenths of all errors, but
few of the large ones. So held-out rows are parted by what was predicted of them, and each part has
its own width (Mondrian conformal prediction: Boström and Johansson 2020, PMLR 128:114-133).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.datasets import FloatArray

LEVEL = 0.9
"""Share of held-out errors that an interval is to hold."""
MOST_BINS = 10
LEAST_IN_BIN = 50
"""Held-out rows of which 0.9 can be told to some 0.04."""


@dataclass(frozen=True)
class Intervals:
    """Half widths, by what is predicted.

    Attributes:
        edges: Predictions between the bins, rising, shape (n_bins - 1,).
        widths: Half the width in each bin, in the target's unit, shape (n_bins,).
        overall: The one half width that would be for all.

    """

    edges: FloatArray
    widths: FloatArray
    overall: float

    @classmethod
    def learn(cls, predictions: FloatArray, errors: FloatArray) -> "Intervals":
        """From sizes of errors of held-out rows, and what was predicted of them."""
        n_bins = max(1, min(MOST_BINS, len(errors) // LEAST_IN_BIN))
        edges = place_edges(predictions, n_bins, LEAST_IN_BIN)
        bins = np.searchsorted(edges, predictions, side="right")
        widths = [_quantile(errors[bins == one]) for one in range(len(edges) + 1)]
        return cls(edges, np.array(widths), _quantile(errors))

    def of(self, predictions: FloatArray) -> FloatArray:
        """Half the width about each prediction, shape (n_samples,)."""
        return np.asarray(self.widths[np.searchsorted(self.edges, predictions, side="right")])

    def as_record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "edges": self.edges.tolist(),
            "widths": self.widths.tolist(),
            "overall": self.overall,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any] | float) -> "Intervals":
        """From what `as_record` kept; runs of version 0.6 kept one width."""
        if isinstance(record, Mapping):
            edges, widths = (np.array(record[name], dtype=float) for name in ("edges", "widths"))
            return cls(edges, widths, float(record["overall"]))
        return cls(np.empty(0), np.array([record]), float(record))


def place_edges(values: FloatArray, n_bins: int, least: int) -> FloatArray:
    """Where bins of about equally many values begin, but for the first; each has `least` or more.

    Edges are values that occur. Those equal to the lowest, such as 0, are a bin if there are
    enough.
    """
    values = np.sort(values)
    shares = np.arange(1, n_bins) / n_bins
    second = values[values > values[0]][:1]
    wanted = np.unique(np.append(second, np.quantile(values, shares, method="higher")))
    edges, before = [], 0
    for edge, start in zip(wanted, np.searchsorted(values, wanted), strict=True):
        if min(start - before, len(values) - start) >= least:
            edges.append(edge)
            before = start
    return np.array(edges)


def _quantile(errors: FloatArray) -> float:
    """The error that a new one is below with probability LEVEL."""
    return float(np.quantile(errors, min(1.0, LEVEL * (1 + 1 / len(errors)))))
