"""Rows of the tables `curves` and `predictions`, as the inquiries shape them."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metrics import classification_scores, mean_surprise
from analysis.runs.points import curve_point

THRESHOLDED = ("balanced_accuracy", "f1")
"""Scores of labels; the others are of probabilities."""


def score_rows(
    place: tuple[str, str, str, float],
    target: FloatArray,
    probability: FloatArray,
    *,
    split: str = "official_folds",
    part: str = "validation",
    threshold: float = 0.5,
) -> list[dict[str, Any]]:
    """Scores of one point of a curve; `place` is (curve, model, series, setting).

    Besides the scores of the benchmark there is `log_loss`, the mean surprise in nats.
    """
    moved = shift_threshold(probability, threshold)
    scores = {
        name: score(target, moved if name in THRESHOLDED else probability)
        for name, (_, score) in classification_scores().items()
    }
    scores["log_loss"] = mean_surprise(target, probability)
    units = {"log_loss": "nat"}
    return [
        curve_point(place, metric, value, len(target), split, part, units.get(metric, "1"))
        for metric, value in scores.items()
    ]


def shift_threshold(probability: FloatArray, threshold: float) -> FloatArray:
    """Map probabilities so that `threshold` becomes one half: who counts as a metal."""
    if threshold == 0.5:
        return probability
    return np.where(probability >= threshold, 1.0, 0.0)


def has_both(target: NDArray[Any]) -> bool:
    """Whether there are metals and non-metals: without both there is no score."""
    return len(np.unique(target)) == 2


def predictions_frame(
    model: str, split: str, fold: int, samples: pl.DataFrame, y: FloatArray, probability: FloatArray
) -> pl.DataFrame:
    """Rows of `predictions` for the `samples` of one fold."""
    return pl.DataFrame(
        {
            "model": model,
            "split": split,
            "sample_id": samples["material_id"],
            "fold": fold,
            "target": y,
            "prediction": probability,
        },
        schema_overrides={"fold": pl.Int64},
    )
