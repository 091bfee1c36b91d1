"""Scores of predicted numbers, in the unit of the property."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.metrics import Score, regression_scores

MEDIAN = 0.5


def property_scores(unit: str) -> Mapping[str, tuple[str, Score]]:
    """Unit and function (target, prediction) of each score."""
    return {
        "mae": (unit, lambda y, p: float(np.mean(np.abs(y - p)))),
        "rmse": (unit, lambda y, p: float(np.sqrt(np.mean((y - p) ** 2)))),
        "r2": regression_scores()["r2"],
    }


def quantile_scores(unit: str, quantile: float) -> Mapping[str, tuple[str, Score]]:
    """The same of a predicted quantile: the pinball loss, and the share that is no larger."""
    return {
        "pinball_loss": (unit, lambda y, p: float(pinball_losses(y, p, quantile).mean())),
        "share_below": ("1", lambda y, p: float((y <= p).mean())),
    }


def pinball_losses(y: FloatArray, said: FloatArray, quantile: float) -> FloatArray:
    """Of what lies above the prediction `quantile` times its distance, below 1 - `quantile` times.

    Its mean is least where the share `quantile` lies below (Koenker and Bassett 1978,
    doi:10.2307/1913643).
    """
    errors = y - said
    return np.asarray(np.maximum(quantile * errors, (quantile - 1) * errors))


def weighted_scores(predictions: pl.DataFrame, weights: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Rows of `metrics`: errors of samples that count by their weight; means over folds.

    `predictions` have model, split, fold, sample_id, target and prediction; `weights` have
    sample_id and weight.
    """
    error, weight = pl.col("prediction") - pl.col("target"), pl.col("weight") / pl.sum("weight")
    by_fold = (
        predictions.join(weights, on="sample_id", maintain_order="left")
        .group_by("model", "split", "fold", maintain_order=True)
        .agg(
            weighted_mae=(error.abs() * weight).sum(),
            weighted_rmse=(error**2 * weight).sum().sqrt(),
            n=pl.len().cast(pl.Int64),
        )
    )
    scores = ["weighted_mae", "weighted_rmse"]
    return (
        by_fold.unpivot(scores, index=["model", "split", "n"], variable_name="metric")
        .group_by("model", "split", "metric", maintain_order=True)
        .agg(pl.col("value").mean(), std=pl.col("value").std(), n=pl.col("n").sum())
        .with_columns(unit=pl.lit(unit))
    )
