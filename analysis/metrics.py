"""Scores of predictions, each with its unit, its number of samples and its spread over folds."""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Score = Callable[[FloatArray, FloatArray], float]

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
    """Unit and function (target, prediction in eV/atom) of each score of a regression."""
    from sklearn.metrics import max_error, mean_absolute_error, r2_score, root_mean_squared_error

    return {
        "rmse": (SCORE_UNITS["rmse"], lambda y, p: MEV * root_mean_squared_error(y, p)),
        "mae": (SCORE_UNITS["mae"], lambda y, p: MEV * mean_absolute_error(y, p)),
        "max_error": (SCORE_UNITS["max_error"], lambda y, p: MEV * max_error(y, p)),
        "r2": (SCORE_UNITS["r2"], lambda y, p: float(r2_score(y, p))),
    }


def classification_scores() -> dict[str, tuple[str, Score]]:
    """Unit and function (target 0 or 1, probability) of each score of a classification.

    Balanced accuracy and F1 take the label at a probability of one half; `roc_auc` ranks by
    the probability itself. (Matbench publishes the AUC of thresholded labels under the name
    of ROC-AUC, which equals the balanced accuracy.)
    """
    from sklearn.metrics import balanced_accuracy_score, brier_score_loss, f1_score, roc_auc_score

    return {
        "balanced_accuracy": (
            SCORE_UNITS["balanced_accuracy"],
            lambda y, p: float(balanced_accuracy_score(y, p >= 0.5)),
        ),
        "f1": (SCORE_UNITS["f1"], lambda y, p: float(f1_score(y, p >= 0.5))),
        "roc_auc": (SCORE_UNITS["roc_auc"], lambda y, p: float(roc_auc_score(y, p))),
        "brier": (SCORE_UNITS["brier"], lambda y, p: float(brier_score_loss(y, p))),
    }


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
        Columns model, split, metric, value, unit, std (over folds; NULL if there is one), n.

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
            rows.append(
                {
                    "model": model,
                    "split": split,
                    "metric": metric,
                    "value": float(np.mean(values)) if mean_of_folds and values else score(*whole),
                    "unit": unit,
                    "std": float(np.std(values, ddof=1)) if values else None,
                    "n": part.height,
                }
            )
    return pl.DataFrame(rows, schema_overrides={"std": pl.Float64, "n": pl.Int64})
