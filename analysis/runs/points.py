"""Points of curves as rows of the table `curves`."""

from typing import Any

import polars as pl

from analysis.runs.results import no_rows


def curve_point(
    place: tuple[str, str, str, float],
    metric: str,
    value: float,
    n: int,
    split: str = "official_folds",
    part: str = "validation",
    unit: str = "1",
    standard_error: float | None = None,
) -> dict[str, Any]:
    """One point of a curve; `place` is (curve, model, series, setting)."""
    curve, model, series, setting = place
    return {
        "curve": curve,
        "model": model,
        "series": series,
        "setting": float(setting),
        "split": split,
        "part": part,
        "metric": metric,
        "value": float(value),
        "unit": unit,
        "standard_error": standard_error,
        "n": n,
    }


def points_frame(points: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of `curves`."""
    if not points:
        return no_rows("curves")
    schema = no_rows("curves").schema
    return pl.DataFrame(points, schema_overrides={"standard_error": pl.Float64}).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )
