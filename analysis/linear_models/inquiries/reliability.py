"""How often a class was right that had a probability of so much."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.runs.points import curve_point

BINS = 10
"""Of probability, equally wide."""


Judged = tuple[str, str, NDArray[np.int64], FloatArray]
"""A calibration, a split, places of classes, and what was said of them, (n_samples, n_classes)."""


def reliability_points(model: str, judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Rows of `curves`: of each bin the mean probability, and the share that was of the class.

    A series is a calibration; all that was `judged` of one and a split is together. Of two classes
    the second is meant, of several all of them.
    """
    together: dict[tuple[str, str], list[tuple[NDArray[np.int64], FloatArray]]] = {}
    for series, split, labels, said in judged:
        together.setdefault((series, split), []).append((labels, said))
    return [
        point
        for place, parts in together.items()
        for point in _bin(model, *place, *map(np.concatenate, zip(*parts, strict=True)))
    ]


def _bin(
    model: str, series: str, split: str, labels: NDArray[np.int64], said: FloatArray
) -> Iterator[dict[str, Any]]:
    is_own = labels[:, None] == np.arange(said.shape[1])
    if said.shape[1] == 2:
        is_own, said = is_own[:, 1:], said[:, 1:]
    bins = np.minimum((BINS * said).astype(int), BINS - 1)
    for one in np.unique(bins):
        true, n = float(is_own[bins == one].mean()), int((bins == one).sum())
        yield curve_point(
            ("reliability", model, series, said[bins == one].mean()),
            "share_of_class",
            true,
            n,
            split,
            "test",
            standard_error=float(np.sqrt(true * (1 - true) / n)),
        )
