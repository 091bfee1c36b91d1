"""Two runs side by side: which inputs differ, and which scores moved by more than chance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from analysis.metrics import MEV, SCORE_UNITS, FloatArray
from analysis.runs.run import Run
from analysis.runs.score_errors import class_influence, sample_influence

KEY = ["model", "split", "metric"]


@dataclass(frozen=True)
class InputChange:
    """An input that two runs do not share; None where a run has no such input."""

    kind: str
    name: str
    first: object
    second: object

    @property
    def text(self) -> str:
        """The change in words; digests say no more than that they differ."""
        if self.first is None or self.second is None:
            where = "first" if self.second is None else "second"
            return f"{self.kind} {self.name}: only in the {where} run"
        what = {"table": "its rows differ", "view": "its SQL differs", "code": "it differs"}
        return f"{self.kind} {self.name}: " + what.get(self.kind, f"{self.first} → {self.second}")


def compare_inputs(first: Run[Any], second: Run[Any]) -> list[InputChange]:
    """Inputs that are not equal, by kind and name."""
    ours, theirs = first.inputs, second.inputs
    return [
        InputChange(*key, ours.get(key), theirs.get(key))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]


def compare_metrics(
    metrics: tuple[pl.DataFrame, pl.DataFrame],
    predictions: tuple[pl.DataFrame, pl.DataFrame],
    *,
    mean_of_folds: bool,
) -> pl.DataFrame:
    """Scores of two runs of one study side by side.

    Columns: model, split, metric, unit, first, second (the scores, NULL where a run has none),
    difference, standard_error (of the difference, from predictions of the same samples in both
    runs; NULL where there are none), n (those samples).
    """
    first, second = (rows.select(*KEY, "unit", "value") for rows in metrics)
    scores = first.rename({"value": "first"}).join(
        second.rename({"value": "second"}), on=[*KEY, "unit"], how="full", coalesce=True
    )
    errors = _paired_errors(*predictions, sorted(set(scores["metric"])), mean_of_folds)
    # Energies are kept in eV/atom, and their scores told in meV/atom.
    scale = pl.when(pl.col("unit") == SCORE_UNITS["rmse"]).then(MEV).otherwise(1.0)
    return (
        scores.with_columns(difference=pl.col("second") - pl.col("first"))
        .join(errors, on=KEY, how="left")
        .with_columns(pl.col("standard_error") * scale)
        .sort(KEY)
    )


def _paired_errors(
    first: pl.DataFrame, second: pl.DataFrame, metrics: list[str], mean_of_folds: bool
) -> pl.DataFrame:
    """Standard error of the difference of each score, and the samples that both runs have."""
    key = ["model", "split", "sample_id", "label"]
    both = first.join(second.select(*key, theirs="prediction", target_2="target"), on=key)
    # Repeats of a split are scored together with it.
    both = both.with_columns(whole=pl.col("split").str.replace(r"_repeat_\d+$", ""))
    rows = []
    for (model, split), part in both.group_by("model", "whole", maintain_order=True):
        folds = part.partition_by("fold") if mean_of_folds else [part]
        for metric in metrics:
            errors = [_paired_error(fold, metric) for fold in folds]
            known = [error for error in errors if error is not None]
            if len(known) == len(folds):
                error = float(np.sqrt(np.sum(np.square(known)))) / len(folds)
                n = part["sample_id"].n_unique()
                rows.append((model, split, metric, error, n))
    schema = {**dict.fromkeys(KEY, pl.String), "standard_error": pl.Float64, "n": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _paired_error(part: pl.DataFrame, metric: str) -> float | None:
    """Standard error of the difference of one score on the same samples."""
    pairs = (("target", "prediction"), ("target_2", "theirs"))
    if (part["label"] != "").any():
        samples, wide = _spread_labels(part)
        influences = [class_influence(metric, wide[y], wide[p]) for y, p in pairs]
    else:
        samples = part["sample_id"]
        influences = [
            sample_influence(metric, part[y].to_numpy(), part[p].to_numpy()) for y, p in pairs
        ]
    ours, theirs = influences
    if ours is None or theirs is None:
        return None
    moved = pl.DataFrame({"sample_id": samples, "moved": theirs - ours})
    means = moved.group_by("sample_id").agg(pl.col("moved").mean())["moved"]
    if means.len() < 2:
        return None
    return float(means.to_numpy().std(ddof=1)) / float(np.sqrt(means.len()))


def _spread_labels(part: pl.DataFrame) -> tuple[pl.Series, dict[str, FloatArray]]:
    """Of a fold of classes, its samples, and each column with a row per sample and a label each."""
    columns = ["target", "prediction", "target_2", "theirs"]
    rows = part.sort("sample_id", "label")
    n_labels = rows["label"].n_unique()
    wide = {name: rows[name].to_numpy().reshape(-1, n_labels) for name in columns}
    return rows["sample_id"].gather_every(n_labels), wide
