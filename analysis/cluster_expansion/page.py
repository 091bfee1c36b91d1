"""What the cluster-expansion page shows: six questions, each with its figures."""

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from analysis.cluster_expansion.figures import (
    accuracy,
    ground_states,
    interactions,
    limits,
    regularisation,
    validation,
)
from analysis.datasets import read_rows
from analysis.pages import Figure

Draw = Callable[[duckdb.DuckDBPyConnection, str], Figure | None]
QUESTIONS: Mapping[str, tuple[Draw, ...]] = {
    "What do L1 and L2 do?": (regularisation.draw_coefficients, regularisation.draw_errors),
    "What does their mixing ratio do?": (regularisation.draw_heat_map,),
    "What do the weights mean?": (
        interactions.draw_interactions,
        interactions.draw_determined,
        interactions.draw_agreement,
        interactions.draw_shells,
    ),
    "How good is it?": (
        accuracy.draw_parity,
        accuracy.draw_learning,
        accuracy.draw_groups,
        accuracy.draw_hull,
        ground_states.draw_ground_states,
    ),
    "Why a validation set?": (
        validation.draw_selection,
        validation.draw_overfitting,
        validation.draw_coverage,
    ),
    "How far can one trust it?": (
        limits.draw_scores,
        limits.draw_relaxation,
        limits.draw_functional,
    ),
}


def draw_questions(
    connection: duckdb.DuckDBPyConnection, alloy: str
) -> list[tuple[str, list[Figure]]]:
    """Every question with the figures that the warehouse has data for."""
    drawn = [
        (name, [draw(connection, alloy) for draw in draws]) for name, draws in QUESTIONS.items()
    ]
    return [(name, [figure for figure in figures if figure]) for name, figures in drawn]


def read_quality(connection: duckdb.DuckDBPyConnection, alloy: str) -> dict[str, Any]:
    """All scores of the chosen method: one row per split."""
    sql = f"""
select
    split,
    max(value) filter (metric = 'rmse') as rmse,
    max(value) filter (metric = 'mae') as mae,
    max(value) filter (metric = 'max_error') as max_error,
    max(value) filter (metric = 'r2') as r2,
    max(n) as n
from marts.metrics
where study = 'cluster_expansion' and dataset = '{alloy}' and is_selected
group by split
order by rmse"""
    return {"rows": read_rows(connection, sql).to_dicts(), "sql": sql.strip()}
