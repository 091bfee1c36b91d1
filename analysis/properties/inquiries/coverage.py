"""How often intervals hold, by what is predicted and by what is: of samples held out."""

from typing import Any

import numpy as np
import polars as pl

from analysis.linear_models.intervals import LEVEL, place_edges
from analysis.runs.points import curve_point
from analysis.runs.score_errors import standard_error

TENTHS = 10
METRIC = f"interval_{100 * LEVEL:.0f}"


def coverage_scores(tested: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Rows of `metrics`: of each split, the share within the interval, and its mean half width.

    `tested` has model, split, fold, and of each sample the size of its `error`, half the `width`
    about its prediction, and the `overall` one that would be for all.
    """
    held = (pl.col("error") <= pl.col("width")).cast(pl.Float64)
    by_fold = tested.group_by("model", "split", "fold", maintain_order=True).agg(
        held.mean().alias(f"{METRIC}_coverage"),
        pl.col("width").mean().alias(METRIC),
        n=pl.len().cast(pl.Int64),
    )
    long = by_fold.unpivot(
        [f"{METRIC}_coverage", METRIC], index=["model", "split", "n"], variable_name="metric"
    )
    return (
        long.group_by("model", "split", "metric", maintain_order=True)
        .agg(pl.col("value").mean(), std=pl.col("value").std(), n=pl.col("n").sum())
        .with_columns(unit=pl.when(metric=METRIC).then(pl.lit(unit)).otherwise(pl.lit("1")))
    )


def coverage_points(tested: pl.DataFrame, split: str) -> list[dict[str, Any]]:
    """Rows of `curves`: the share within the intervals, of each tenth of a split's samples.

    Tenths are by what was predicted and by what is, and all of one lowest value are together; of
    the product's intervals, and of one width for all. `tested` has the `sample_group`, too: samples
    of a group err alike.
    """
    of = tested.filter(split=split)
    groups = of["sample_group"].rank("dense").to_numpy()
    points = []
    for by in ("prediction", "target"):
        values = of[by].to_numpy()
        edges = place_edges(values, TENTHS, least=max(1, len(values) // (2 * TENTHS)))
        tenth = np.searchsorted(edges, values, side="right")
        for series, width in (("by prediction", "width"), ("one for all", "overall")):
            held = (of["error"] <= of[width]).to_numpy().astype(float)
            points += [
                curve_point(
                    (f"coverage_by_{by}", of["model"][0], series, values[own].mean()),
                    f"{METRIC}_coverage",
                    held[own].mean(),
                    int(own.sum()),
                    split,
                    "test",
                    standard_error=standard_error(held[own], groups[own]),
                )
                for one in range(len(edges) + 1)
                if (own := tenth == one).any()
            ]
    return points
