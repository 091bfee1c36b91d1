"""How often a class was right that had a probability of so much."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.linear_models.data import PropertyData
from analysis.linear_models.splits import PropertyFold
from analysis.runs.points import curve_point
from analysis.runs.score_errors import standard_error

BINS = 10
"""Of probability, equally wide."""


Judged = tuple[str, PropertyData, PropertyFold, FloatArray]
"""A calibration, data, a fold, and what was said of its test samples, (n_test, n_classes)."""


def reliability_points(model: str, judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Rows of `curves`: of each bin the mean probability, and the share that was of the class.

    A series is a calibration; all that was `judged` of one and a split is together. Of two classes
    the second is meant, of several all of them. Errors are over formulas, or over chemical systems
    where the split holds out these.
    """
    together: dict[tuple[str, str], list[tuple[FloatArray, FloatArray, pl.Series]]] = {}
    for series, data, fold, said in judged:
        is_own = (data.labels[fold.test][:, None] == np.arange(said.shape[1])).astype(float)
        part = (is_own, said, fold.group_tested(data))
        together.setdefault((series, str(fold.parting)), []).append(part)
    return [
        point
        for (series, split), parts in together.items()
        for point in _bin(model, series, split, *zip(*parts, strict=True))
    ]


def _bin(
    model: str,
    series: str,
    split: str,
    own_parts: Sequence[FloatArray],
    said_parts: Sequence[FloatArray],
    names: Sequence[pl.Series],
) -> Iterator[dict[str, Any]]:
    is_own, said = np.concatenate(own_parts), np.concatenate(said_parts)
    if said.shape[1] == 2:
        is_own, said = is_own[:, 1:], said[:, 1:]
    groups = np.repeat(pl.concat(names).rank("dense").to_numpy()[:, None], said.shape[1], axis=1)
    bins = np.minimum((BINS * said).astype(int), BINS - 1)
    for one in np.unique(bins):
        true = is_own[bins == one]
        yield curve_point(
            ("reliability", model, series, said[bins == one].mean()),
            "share_of_class",
            true.mean(),
            len(true),
            split,
            "test",
            standard_error=standard_error(true, groups[bins == one]),
        )
