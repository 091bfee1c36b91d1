"""Points of curves as rows of the table `curves`."""

from typing import Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.properties.fits.verbs import Fits
from analysis.runs.results import no_rows


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
    return {
        "curve": curve,
        "model": model or fits.model,
        "series": series,
        "setting": float(setting),
        "split": split,
        "part": part,
        "metric": fits.metric,
        "value": float(losses.mean()),
        "unit": fits.unit,
        "standard_error": error,
        "n": len(losses),
    }


def points_frame(points: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of `curves`."""
    if not points:
        return no_rows("curves")
    schema = no_rows("curves").schema
    return pl.DataFrame(points, schema_overrides={"standard_error": pl.Float64}).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )
