"""Two runs side by side: which inputs differ, and which scores moved by more than chance."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.metrics import MEV, SCORE_UNITS, FloatArray
from analysis.runs.run import Run
from analysis.runs.score_errors import class_influence, sample_influence, standard_error

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
    theirs = second.select(*key, "sample_group", theirs="prediction", target_2="target")
    # Runs of older versions do not tell groups.
    group = pl.max_horizontal("sample_group", "sample_group_right")
    both = first.join(theirs, on=key).with_columns(
        group=pl.when(group != "").then(group).otherwise("sample_id"),
        # Repeats of a split are scored together with it.
        whole=pl.col("split").str.replace(r"_repeat_\d+$", ""),
    )
    rows = []
    for (model, split), part in both.group_by("model", "whole", maintain_order=True):
        folds = part.partition_by("fold") if mean_of_folds else [part]
        for metric in metrics:
            known = [moved for fold in folds if (moved := _move_score(fold, metric)) is not None]
            if len(known) == len(folds):
                moved = pl.concat(known)
                influence = moved.height / len(folds) * moved["moved"].to_numpy()
                error = standard_error(influence, moved["group"].rank("dense").to_numpy())
                rows.append((model, split, metric, error, part["sample_id"].n_unique()))
    schema = {**dict.fromkeys(KEY, pl.String), "standard_error": pl.Float64, "n": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _move_score(part: pl.DataFrame, metric: str) -> pl.DataFrame | None:
    """By how much each sample, with its `group`, has `moved` a score from one run to the other.

    None if the score is no mean of what samples add.
    """
    pairs = (("target", "prediction"), ("target_2", "theirs"))
    if (part["label"] != "").any():
        groups, wide = _spread_labels(part)
        influences = [class_influence(metric, wide[y], wide[p]) for y, p in pairs]
    else:
        groups = part["group"]
        influences = [
            sample_influence(metric, part[y].to_numpy(), part[p].to_numpy()) for y, p in pairs
        ]
    ours, theirs = influences
    if ours is None or theirs is None:
        return None
    return pl.DataFrame({"group": groups, "moved": (theirs - ours) / len(groups)})


def _spread_labels(part: pl.DataFrame) -> tuple[pl.Series, dict[str, FloatArray]]:
    """Of a fold of classes, groups of samples, and columns with a row per sample, a label each."""
    columns = ["target", "prediction", "target_2", "theirs"]
    rows = part.sort("sample_id", "label")
    n_labels = rows["label"].n_unique()
    wide = {name: rows[name].to_numpy().reshape(-1, n_labels) for name in columns}
    return rows["group"].gather_every(n_labels), wide
