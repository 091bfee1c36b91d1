"""What a study found: models, parameters, predictions, scores and curves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from warehouse.tables import TABLES


@dataclass(frozen=True)
class Results:
    """What a run of a study found.

    Attributes:
        feature_space: What the features are: a cluster space or a view.
        hyperparameters: Of each model, by name.
        selected: Name of the model that is the product's own choice.
        parameters: Columns model, feature, parameter, scale.
        predictions: Columns model, split, sample_id, fold, target, prediction; of classes label,
            of what formulas tell sample_group.
        metrics: Columns model, split, metric, value, unit, std, n.
        curves: Columns curve, model, series, setting, split, part, metric, value, unit,
            standard_error, n; default: none.
        paths: Columns model, l1_ratio, strength, feature, parameter; default: none.
        draws: Columns model, origin, draw, feature, parameter; default: none.
        left_out_splits: Splits with too few samples to train or to test on.
        left_out_structures: Samples that are not fitted: how many, by reason.
        left_out_methods: Methods that could not be fitted, and why.
        notes: What a reader must know of how the data were read.

    """

    feature_space: str
    hyperparameters: Mapping[str, Mapping[str, Any]]
    selected: str
    parameters: pl.DataFrame
    predictions: pl.DataFrame
    metrics: pl.DataFrame
    curves: pl.DataFrame = field(default_factory=lambda: no_rows("curves"))
    paths: pl.DataFrame = field(default_factory=lambda: no_rows("parameter_paths"))
    draws: pl.DataFrame = field(default_factory=lambda: no_rows("parameter_draws"))
    left_out_splits: Sequence[str] = ()
    left_out_structures: Mapping[str, int] = field(default_factory=dict)
    left_out_methods: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


def list_remarks(results: Results) -> Iterator[str]:
    """Lines that tell how the data were read, and what was left out."""
    for note in results.notes:
        yield f"    {note}"
    for reason, count in results.left_out_structures.items():
        yield f"    {count:,} left out: {reason}"
    for split in results.left_out_splits:
        yield f"    {split} left out: too few structures to train or to test on"
    for method, reason in results.left_out_methods.items():
        yield f"    {method} left out: {reason}"


def list_scores(results: Results, metric: str) -> Iterator[str]:
    """Lines that tell one score of each model and split."""
    for row in results.metrics.filter(metric=metric).iter_rows(named=True):
        chosen = "*" if row["model"] == results.selected else " "
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        value = "none" if row["value"] is None else f"{row['value']:.4g}"
        yield (
            f"  {chosen} {row['model']:<20}{row['split']:<24}{value:>8}{unit}  (n = {row['n']:,})"
        )


def tabulate_scores(results: Results, metric: str) -> Iterator[str]:
    """Lines of a table of one score: a row for each model, a column for each split."""
    rows = results.metrics.filter(metric=metric)
    splits = rows.select("split", "n").unique(maintain_order=True).rows()
    counts = [f"n = {n:,}" for _, n in splits]
    widths = [max(map(len, head)) for head in zip((s for s, _ in splits), counts, strict=True)]
    yield _row("", (split for split, _ in splits), widths)
    yield _row("", counts, widths)
    for (model,), of in rows.group_by("model", maintain_order=True):
        values = {(row["split"], row["n"]): row["value"] for row in of.iter_rows(named=True)}
        told = (
            ("none" if values[split] is None else f"{values[split]:#.4g}")
            if split in values
            else ""
            for split in splits
        )
        chosen = "*" if model == results.selected else " "
        yield _row(f"{chosen} {model}", told, widths)


def _row(name: str, cells: Iterable[str], widths: Sequence[int]) -> str:
    places = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"  {name:<22}{'  '.join(places)}".rstrip()


def sum_up_scores(results: Results, metrics: Sequence[str]) -> Iterator[str]:
    """A line for each split: these scores of the selected model."""
    own = results.metrics.filter(pl.col("metric").is_in(metrics), model=results.selected)
    for (split,), of in own.drop_nulls("value").group_by("split", maintain_order=True):
        scores = (f"{row['metric']} {row['value']:.4g}" for row in of.iter_rows(named=True))
        yield f"  * {results.selected:<20}  {split:<24}  {', '.join(scores)}"


def no_rows(table: str) -> pl.DataFrame:
    """No rows of a results table; what all its rows share is left to `analysis.runs.saving`."""
    return TABLES[table].create_empty().drop("study", "dataset", "run_id")
