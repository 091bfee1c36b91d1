"""Points of curves as rows of the table `curves`."""

from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.fits.verbs import F, Fits, Rows
from analysis.linear_models.scores.classes import log_loss
from analysis.metrics import classification_scores
from analysis.runs.points import curve_point
from analysis.runs.score_errors import standard_error

THRESHOLDED = ("balanced_accuracy", "f1")
"""Scores of labels; the others are of probabilities."""


def loss_point(
    fits: Fits[Any],
    curve: str,
    series: str,
    setting: float,
    losses: FloatArray,
    rows: Rows,
    *,
    part: str = "validation",
    split: str = "formula_groups",
    model: str | None = None,
) -> dict[str, Any]:
    """The mean of the `losses` of some rows, with its standard error over their formulas."""
    error = standard_error(losses, fits.data.formulas[rows])
    place = (curve, model or fits.model, series, setting)
    mean = float(losses.mean())
    return curve_point(place, fits.metric, mean, len(losses), split, part, fits.unit, error)


def judged_points(
    fits: Fits[F],
    place: tuple[str, str, float],
    fitted: F,
    rows: Rows,
    *,
    part: str = "validation",
    split: str = "formula_groups",
    model: str | None = None,
) -> list[dict[str, Any]]:
    """The mean loss of some rows and, of two classes, all scores of `analysis.metrics`.

    `place` is (curve, series, setting).
    """
    losses = fits.losses(fitted, rows)
    point = loss_point(fits, *place, losses, rows, part=part, split=split, model=model)
    scores = fits.scores(fitted, rows)
    return [
        point,
        *(
            point | {"metric": name, "value": value, "unit": "1", "standard_error": None}
            for name, value in scores.items()
            if np.isfinite(value)
        ),
    ]


def score_points(
    place: tuple[str, str, str, float],
    target: FloatArray,
    probability: FloatArray,
    *,
    split: str = "official_folds",
    part: str = "validation",
    threshold: float = 0.5,
) -> list[dict[str, Any]]:
    """The same of probabilities of the class 1; `place` is (curve, model, series, setting).

    With another `threshold` than one half others are called 1.
    """
    called = (probability >= threshold).astype(float)
    scores = {
        name: score(target, called if name in THRESHOLDED else probability)
        for name, (_, score) in classification_scores().items()
    }
    said = np.column_stack([1 - probability, probability])
    scores["log_loss"] = log_loss(target.astype(np.int64), said)
    return [
        curve_point(place, metric, value, len(target), split, part)
        for metric, value in scores.items()
    ]
