"""Points of curves as rows of the table `curves`."""

from typing import Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.runs.results import no_rows


def error_point(
    curve: str,
    series: str,
    setting: float,
    errors: FloatArray,
    unit: str,
    *,
    part: str = "validation",
    split: str = "formula_groups",
    model: str = "huber",
) -> dict[str, Any]:
    """The mean size of `errors`, with its standard error over samples."""
    sizes = np.abs(errors)
    error = sizes.std(ddof=1) / np.sqrt(len(sizes)) if len(sizes) > 1 else None
    return {
        "curve": curve,
        "model": model,
        "series": series,
        "setting": float(setting),
        "split": split,
        "part": part,
        "metric": "mae",
        "value": float(sizes.mean()),
        "unit": unit,
        "standard_error": error,
        "n": len(sizes),
    }


def points_frame(points: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of `curves`."""
    schema = no_rows("curves").schema
    return pl.DataFrame(points, schema_overrides={"standard_error": pl.Float64}).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )
