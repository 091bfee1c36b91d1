"""How often a class was right that had a probability of so much."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

BINS = 10
"""Of probability, equally wide."""


def reliability_points(
    model: str, series: str, split: str, judged: Sequence[tuple[NDArray[np.int64], FloatArray]]
) -> list[dict[str, Any]]:
    """Rows of `curves`: of each bin the mean probability, and the share that was of the class.

    `judged` are places of classes, shape (n_samples,), with what was said of them, shape
    (n_samples, n_classes). Of two classes the second is meant, of several all of them.
    """
    labels, said = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    is_own = labels[:, None] == np.arange(said.shape[1])
    if said.shape[1] == 2:
        is_own, said = is_own[:, 1:], said[:, 1:]
    bins = np.minimum((BINS * said).astype(int), BINS - 1)
    points = []
    for one in np.unique(bins):
        true, n = float(is_own[bins == one].mean()), int((bins == one).sum())
        points.append(
            {
                "curve": "reliability",
                "model": model,
                "series": series,
                "setting": float(said[bins == one].mean()),
                "split": split,
                "part": "test",
                "metric": "share_of_class",
                "value": true,
                "unit": "1",
                "standard_error": float(np.sqrt(true * (1 - true) / n)),
                "n": n,
            }
        )
    return points
