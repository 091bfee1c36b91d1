"""Points of curves as rows of the table `curves`."""

from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.fits.verbs import Fits
from analysis.runs.points import curve_point


def loss_point(
    fits: Fits[Any],
    curve: str,
    series: str,
    setting: float,
    losses: FloatArray,
    *,
    part: str = "validation",
    split: str = "formula_groups",
    model: str | None = None,
) -> dict[str, Any]:
    """The mean of `losses`, with its standard error over samples."""
    error = losses.std(ddof=1) / np.sqrt(len(losses)) if len(losses) > 1 else None
    place = (curve, model or fits.model, series, setting)
    mean = float(losses.mean())
    return curve_point(place, fits.metric, mean, len(losses), split, part, fits.unit, error)
