"""The metals page: each question with its answer, its figures and the queries behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.metals import (
    figures_honesty,
    figures_laboratory,
    figures_ladder,
    figures_model,
    figures_tuning,
)
from analysis.metals.data import BENCHMARKS
from analysis.metals.names import NAMES, SPLIT_NAMES
from analysis.metals.splits import transfer_name
from analysis.pages import Figure
from warehouse.errors import WarehouseError


@dataclass(frozen=True)
class Question:
    """A question, its answer in bold figures and a sentence, and the figures that show it."""

    heading: str
    answer: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    anchor: str


def make_questions(connection: duckdb.DuckDBPyConnection, benchmark: str) -> list[Question]:
    """All questions of the page on `benchmark`, in order."""
    model, tuning = figures_model, figures_tuning
    ladder, honesty = figures_ladder, figures_honesty
    scores = read_scores(connection, benchmark)
    steps = {str(step["model"]): step for step in ladder.read_steps(connection, benchmark)}
    best, boosting = steps["logistic_regression"], steps.get("gradient_boosting")
    energy = read_energy_gain(connection, benchmark)
    transfer = scores[transfer_name(benchmark)]
    words_of_transfer = SPLIT_NAMES[transfer_name(benchmark)]
    both = (connection, benchmark)
    swept = read_rows(
        connection,
        f"select distinct curve from marts.curves "
        f"where study = 'metals' and dataset = '{benchmark}'",
    ).to_series().to_list()  # fmt: skip

    def drawn(*figures: tuple[str, Callable[..., Figure]]) -> tuple[Figure, ...]:
        """Figures of the curves that there are; a quick study leaves most out."""
        return tuple(draw(*both) for curve, draw in figures if curve in swept)

    return [
        Question(
            "What is the model?",
            ((f"{count_parameters(*both):,}", "parameters: intercept and descriptors"),
             ("0.5", "threshold of the probability")),
            (model.draw_sum(*both),),
            "model",
        ),
        Question(
            "What do the hyperparameters do?",
            ((f"C = {chosen_strength(*both):g}", "of the last fit, chosen on held-out formulas"),),
            drawn(("strength", tuning.draw_strength), ("penalty", tuning.draw_penalty),
                  ("threshold", tuning.draw_thresholds), ("scaling", tuning.draw_scaling),
                  ("solver", tuning.draw_solvers)),
            "hyperparameters",
        ),
        Question(
            "Which features matter?",
            (),
            (
                *drawn(
                    ("importance", model.draw_importance), ("importance", model.draw_coefficients)
                ),
                model.draw_metal_share(*both),
            ),
            "features",
        ),
        Question(
            "Do other properties make better descriptors?",
            ((f"{best['balanced_accuracy']:.4f}", "balanced accuracy, official folds"),
             (f"{best['roc_auc']:.4f}", "true ROC AUC"),
             (energy, "change of balanced accuracy with the formation energy")),
            (ladder.draw_ladder(*both),),
            "ladder",
        ),
        Question(
            "How honest is the score?",
            tuple(
                (f"{scores[split]['balanced_accuracy']:.4f}", f"balanced accuracy, {words}")
                for split, words in SPLIT_NAMES.items() if split in scores
            )[:3],
            (
                honesty.draw_splits(*both),
                honesty.draw_reliability(*both),
                *drawn(
                    ("learning", honesty.draw_learning),
                    ("leave_element_out", honesty.draw_elements),
                ),
            ),
            "honesty",
        ),
        Question(
            "Does it hold in the laboratory?",
            ((f"{transfer['balanced_accuracy']:.4f}", f"balanced accuracy, {words_of_transfer}"),
             (f"{transfer['roc_auc']:.4f}", f"ROC AUC, {words_of_transfer}")),
            (figures_laboratory.draw_disagreement(connection),),
            "laboratory",
        ),
        Question(
            "What does linearity cost?",
            () if boosting is None else (
                (f"{boosting['gain']:+.4f}", "balanced accuracy of boosting over the linear model, "
                 "fold 0"),
                (f"{boosting['roc_auc']:.4f}", "ROC AUC of boosting, fold 0"),
            ),
            (),
            "linearity",
        ),
    ]  # fmt: skip


def read_scores(
    connection: duckdb.DuckDBPyConnection, benchmark: str
) -> dict[str, dict[str, float]]:
    """Scores of the selected classifier by split and metric."""
    rows = read_rows(
        connection,
        f"select split, metric, value from marts.metrics "
        f"where study = 'metals' and dataset = '{benchmark}' and is_selected",
    )
    return {
        str(split): dict(part.select("metric", "value").iter_rows())
        for (split,), part in rows.group_by("split")
    }


def read_energy_gain(connection: duckdb.DuckDBPyConnection, benchmark: str) -> str:
    """Gain in balanced accuracy by the formation energy, in words; a dash if it is unknown."""
    rows = read_rows(
        connection,
        f"select model, avg(value) as value from marts.curves where study = 'metals' and "
        f"dataset = '{benchmark}' and curve = 'formation_energy' and metric = 'balanced_accuracy' "
        "group by model",
    )
    values = dict(rows.iter_rows())
    if not values:
        return "–"
    return f"{values['formation_energy'] - values['without_formation_energy']:+.4f}"


def count_parameters(connection: duckdb.DuckDBPyConnection, benchmark: str) -> int:
    """Parameters of the selected classifier, the intercept among them."""
    rows = read_rows(
        connection,
        f"select count(*) from staging.model_parameters where study = 'metals' "
        f"and dataset = '{benchmark}'",
    )
    return int(rows.item())


def chosen_strength(connection: duckdb.DuckDBPyConnection, benchmark: str) -> float:
    """C of the selected classifier."""
    import json

    rows = read_rows(
        connection,
        f"select hyperparameters from staging.models where study = 'metals' "
        f"and dataset = '{benchmark}' and is_selected",
    )
    return float(json.loads(rows.item())["C"])


def ladder_tables(
    connection: duckdb.DuckDBPyConnection, benchmarks: Sequence[str]
) -> list[dict[str, Any]]:
    """Ladders as tables: scores of each rung and its paired gain; of live rows if there are any."""
    tables = [
        {"title": NAMES[name], "rows": figures_ladder.read_steps(connection, name)}
        for name in benchmarks
    ]
    live = figures_ladder.read_live_steps(connection)
    if live:
        tables.append(
            {"title": "Live rows of the Materials Project, folds by formula", "rows": live}
        )
    return tables


def fitted_benchmarks(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Benchmarks that have results; raises WarehouseError if none has."""
    rows = read_rows(
        connection, "select distinct dataset from staging.models where study = 'metals'"
    )
    fitted = [name for name in BENCHMARKS if name in rows["dataset"]]
    if not fitted:
        raise WarehouseError(
            "no classifier was fitted to a benchmark yet", hint="run `python -m analysis metals`"
        )
    return fitted


def score_table(connection: duckdb.DuckDBPyConnection, benchmark: str) -> dict[str, Any]:
    """Scores of the classifier by split, as the page's first table shows them."""
    sql = f"""
select split, metric, value, std, n
from marts.metrics
where study = 'metals' and dataset = '{benchmark}' and is_selected
order by split desc, metric"""
    rows = read_rows(connection, sql)
    metrics = ["balanced_accuracy", "f1", "roc_auc", "brier"]
    table = [
        {
            "split": split,
            "n": part["n"][0],
            "cells": [part.filter(metric=metric).row(0, named=True) for metric in metrics],
        }
        for split in SPLIT_NAMES
        if not (part := rows.filter(pl.col("split") == split)).is_empty()
    ]
    return {"title": NAMES[benchmark], "metrics": metrics, "rows": table, "sql": sql.strip()}
