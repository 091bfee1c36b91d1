"""Scores of predictions, each with its unit, its number of samples and its spread over folds."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Score = Callable[[FloatArray, FloatArray], float]
"""A score of (target, prediction); NaN where the samples have none, as one sample has no R²."""

MEV = 1000.0
"""meV in one eV."""
SCORE_UNITS = {
    "rmse": "meV/atom",
    "mae": "meV/atom",
    "max_error": "meV/atom",
    "r2": "1",
    "balanced_accuracy": "1",
    "f1": "1",
    "roc_auc": "1",
    "brier": "1",
}
"""Units of scores. What readers see for them is in `labels.py`, which no fit reads."""


def regression_scores() -> dict[str, tuple[str, Score]]:
    """Unit and function (target, prediction in eV/atom) of each score of a regression.

    scikit-learn has the same; its checks of every small fold took longer than some fits.
    """

    def r2(y: FloatArray, p: FloatArray) -> float:
        spread = float(np.mean((y - y.mean()) ** 2)) if np.ptp(y) > 0 else np.nan
        return float(1 - np.mean((y - p) ** 2) / spread)

    return {
        "rmse": (SCORE_UNITS["rmse"], lambda y, p: MEV * float(np.sqrt(np.mean((y - p) ** 2)))),
        "mae": (SCORE_UNITS["mae"], lambda y, p: MEV * float(np.mean(np.abs(y - p)))),
        "max_error": (SCORE_UNITS["max_error"], lambda y, p: MEV * float(np.abs(y - p).max())),
        "r2": (SCORE_UNITS["r2"], r2),
    }


def classification_scores() -> dict[str, tuple[str, Score]]:
    """Unit and function (target 0 or 1, probability) of each score of a classification.

    Balanced accuracy and F1 take the label at a probability of one half; `roc_auc` ranks by
    the probability itself. (Matbench publishes the AUC of thresholded labels under the name
    of ROC-AUC, which equals the balanced accuracy.) Each is NaN where the samples have none.
    scikit-learn has the same; its checks of 500 folds and points took longer than 30 fits.
    """

    def balanced_accuracy(y: FloatArray, p: FloatArray) -> float:
        called, metal = p >= 0.5, y > 0
        return float((_share(called[metal]) + _share(~called[~metal])) / 2)

    def f1(y: FloatArray, p: FloatArray) -> float:
        called, metal = p >= 0.5, y > 0
        both = int(called.sum() + metal.sum())
        return 2 * int((called & metal).sum()) / both if both else np.nan

    def roc_auc(y: FloatArray, p: FloatArray) -> float:
        metals, others = np.sort(p[y > 0]), np.sort(p[y <= 0])
        below = sum(np.searchsorted(others, metals, side).sum() for side in ("left", "right"))
        return float(below / 2 / (len(metals) * len(others))) if np.ptp(y) else np.nan

    scores: dict[str, Score] = {
        "balanced_accuracy": balanced_accuracy,
        "f1": f1,
        "roc_auc": roc_auc,
        "brier": lambda y, p: float(np.mean((p - y) ** 2)),
    }
    return {name: (SCORE_UNITS[name], score) for name, score in scores.items()}


def _share(called: NDArray[np.bool_]) -> float:
    """How many of these samples are; NaN if there are none."""
    return float(called.mean()) if len(called) else np.nan


def score_predictions(
    predictions: pl.DataFrame, scores: Mapping[str, tuple[str, Score]], *, mean_of_folds: bool
) -> pl.DataFrame:
    """Score each (model, split) of `predictions`.

    Args:
        predictions: Columns model, split, fold, target, prediction.
        scores: Unit and function of each score.
        mean_of_folds: Report the mean of the folds' scores, as benchmarks do, rather than
            the score of all folds' predictions together.

    Returns:
        Columns model, split, metric, value, unit, std (over folds; NULL if there is one), n. A
        score that the samples do not have, as one sample has no R², is NULL, and folds without it
        do not count.

    """
    rows = []
    for (model, split), part in predictions.group_by(["model", "split"], maintain_order=True):
        folds = [
            (fold["target"].to_numpy(), fold["prediction"].to_numpy())
            for _, fold in part.group_by("fold", maintain_order=True)
        ]
        whole = (part["target"].to_numpy(), part["prediction"].to_numpy())
        for metric, (unit, score) in scores.items():
            values = [score(*fold) for fold in folds] if len(folds) > 1 else []
            values = [value for value in values if np.isfinite(value)]
            value = float(np.mean(values)) if mean_of_folds and values else score(*whole)
            rows.append(
                {
                    "model": model,
                    "split": split,
                    "metric": metric,
                    "value": value if np.isfinite(value) else None,
                    "unit": unit,
                    "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                    "n": part.height,
                }
            )
    return pl.DataFrame(
        rows, schema_overrides={"value": pl.Float64, "std": pl.Float64, "n": pl.Int64}
    )


def paired_error(differences: FloatArray, both: Any) -> Any:
    """Standard error of the difference of two root-mean-square errors over the same folds.

    `differences` of the two mean squared errors, shape (n_folds, ...), over the sum `both` of the
    two root-mean-square errors: a - b = (a² - b²) / (a + b).
    """
    return np.std(differences, axis=0, ddof=1) / np.sqrt(len(differences)) / both
