"""Tables: scores of a selected model, and its place on the board that Matbench publishes."""

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.boards import BOARDS, FORMULA, Published
from analysis.linear_models.figures.shown import ShownProperty

OURS = "this product, linear"


def read_score_table(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty, metrics: Sequence[str]
) -> dict[str, Any]:
    """Scores of the selected model by split, as `parts.metric_table` takes them."""
    sql = f"""
select split, metric, value, std, n
from marts.metrics
where {shown.where} and is_selected
order by split desc, metric"""
    rows = read_rows(connection, sql)
    of_split = {split: rows.filter(split=str(split)) for split in FormulaSplit}
    table = [
        {
            "split": split,
            "n": of["n"].max(),
            "cells": [of.row(by_predicate=pl.col("metric") == one, named=True) for one in metrics],
        }
        for split, of in of_split.items()
        if of.height
    ]
    title = shown.data or f"All scores of the selected model of {shown.name}"
    return {"title": title, "metrics": list(metrics), "rows": table, "sql": sql.strip()}


def read_board(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty, sees: str = FORMULA
) -> dict[str, Any] | None:
    """Every published entry of a task and the selected model, from the best; None without a board.

    Scores are balanced accuracies of classes, mean absolute errors of numbers.
    """
    if shown.name not in BOARDS:
        return None
    metric, sign = ("balanced_accuracy", -1) if shown.classes else ("mae", 1)
    sql = f"""
select value, std, n
from marts.metrics
where {shown.where} and is_selected and split = 'official_folds' and metric = '{metric}'"""
    value, std, n = read_rows(connection, sql).row(0)
    ours = Published(OURS, value, std or 0.0, sees)
    entries = sorted([ours, *BOARDS[shown.name]], key=lambda entry: sign * entry.score)
    sound = [entry for entry in entries if not entry.doubt]
    return {
        "title": shown.data or shown.name,
        "entries": entries,
        "ours": OURS,
        "rank": entries.index(ours) + 1,
        "sound_rank": sound.index(ours) + 1,
        "n_sound": len(sound),
        "has_structures": any("structure" in entry.sees for entry in entries),
        "n": n,
        "sql": sql.strip(),
    }
