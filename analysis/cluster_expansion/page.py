"""What the cluster-expansion page shows: six questions, each with its figures."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from analysis.cluster_expansion.data import count_left_out, list_senseless_energies
from analysis.cluster_expansion.figures import (
    accuracy,
    ground_states,
    interactions,
    limits,
    regularisation,
    validation,
)
from analysis.cluster_expansion.figures.crystals import read_gallery
from analysis.cluster_expansion.figures.quoted_numbers import (
    read_choice,
    read_locked,
    read_sources,
    read_spread,
)
from analysis.cluster_expansion.figures.sliders import write_payload
from analysis.cluster_expansion.labels import ALLOY_LABELS, HARDER_SPLITS, AlloySplit
from analysis.cluster_expansion.models.mixing_ratios import SEARCHED_RATIOS
from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.pages.downloads import Download
from analysis.pages.figure import Figure
from analysis.pages.page import ShownRun, pivot_scores, write_page, write_whole
from warehouse.conventions.alloys import Alloy

PAGE = "cluster_expansion.html"
Draw = Callable[[duckdb.DuckDBPyConnection, Alloy], Figure | None]
QUESTIONS: Mapping[str, tuple[Draw, ...]] = {
    "What do L1 and L2 do?": (regularisation.draw_paths, regularisation.draw_errors),
    "What does their mixing ratio do?": (regularisation.draw_heat_map,),
    "What do the weights mean?": (
        interactions.draw_interactions,
        interactions.draw_determined,
        interactions.draw_agreement,
        interactions.draw_shells,
    ),
    "How good is it?": (
        accuracy.draw_parity,
        accuracy.draw_learning_curve,
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


def write_cluster_expansion_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    values: Mapping[str, Any],
    pages: tuple[str, ...],
    downloads: dict[str, Download] | None = None,
) -> Path:
    """Write `cluster_expansion.html` of what `draw_cluster_expansion` returned."""
    page = write_page(connection, folder, PAGE, values, pages, ALLOY_LABELS, downloads)
    if values["alloy"].has_vacancies:  # What is per atom of any other alloy is per site.
        write_whole(page, page.read_text(encoding="utf-8").replace("eV/atom", "eV/site"))
    return page


def draw_cluster_expansion(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, run: ShownRun
) -> dict[str, Any]:
    """All that the page on one alloy shows."""
    interactions_sql = f"""
select
    orbit_index, cluster_order, cluster_diameter, multiplicity,
    1000 * parameter as parameter, 1000 * effective_cluster_interaction as interaction
from marts.effective_cluster_interactions
where alloy = '{alloy}' and is_selected and cluster_order >= 2
order by abs(interaction) desc, orbit_index
limit 12"""
    settings = read_settings(connection, alloy)
    scores = pivot_scores(connection, "cluster_expansion", alloy.name, "rmse")
    scored = {split for _, split in scores["cells"]}
    count_sql = "select n_structures from marts.alloys where alloy = ?"
    return {
        "n_structures": connection.execute(count_sql, [alloy.name]).fetchall()[0][0],
        "alloy": alloy,
        "scores": scores,
        "splits": [split for split in AlloySplit if split in scored],
        "harder_splits": [split for split in HARDER_SPLITS if split in scored],
        "spread": read_spread(connection, alloy),
        "searched_ratios": SEARCHED_RATIOS,
        "n_curves": read_size_of_curves(connection, alloy),
        "is_thorough": settings.get("is_thorough", True),
        "refit": settings.get("refit", "training"),
        "left_out": read_left_out(connection, alloy, settings),
        "choice": read_choice(connection, alloy),
        "locked": read_locked(connection, alloy),
        "sources": read_sources(connection, alloy),
        "chosen": read_chosen(connection, alloy),
        "questions": draw_questions(connection, alloy),
        "sliders": write_payload(connection, alloy),
        "quality": read_quality(connection, alloy),
        "crystals": read_gallery(connection, alloy),
        "interactions": read_rows(connection, interactions_sql).to_dicts(),
        "interactions_sql": interactions_sql.strip(),
        "run_id": run.run_id,
        "versions": run.versions,
    }


def draw_questions(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy
) -> list[tuple[str, list[Figure]]]:
    """Every question with the figures that the warehouse has data for."""
    drawn = [
        (name, [draw(connection, alloy) for draw in draws]) for name, draws in QUESTIONS.items()
    ]
    return [(name, [figure for figure in figures if figure]) for name, figures in drawn]


def read_quality(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
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
order by rmse, split"""
    metrics = [Metric.RMSE, Metric.MAE, Metric.MAX_ERROR, Metric.R2]
    rows = read_rows(connection, sql).to_dicts()
    splits = [row["split"] for row in rows]
    return {"metrics": metrics, "rows": rows, "splits": splits, "sql": sql.strip()}


def read_settings(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """What was chosen for the run whose results are shown."""
    rows = connection.execute(
        "select lineage from staging.models where study = 'cluster_expansion' and dataset = ?",
        [alloy.name],
    ).fetchall()
    return dict(json.loads(rows[0][0]).get("settings", {})) if rows else {}


def read_size_of_curves(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> int:
    """Structures held out that curves of settings are of; 0 without any."""
    (n,) = connection.execute(
        "select coalesce(max(n), 0) from marts.curves where study = 'cluster_expansion' "
        "and dataset = ? and curve = 'strength' and part = 'validation'",
        [alloy.name],
    ).fetchall()[0]
    return int(n)


def read_left_out(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, settings: Mapping[str, Any]
) -> list[str]:
    """What was not fitted, and phases that no expansion on the parent lattice knows of."""
    space, exclude = settings.get("cluster_space", ""), settings.get("exclude", [])
    counts = count_left_out(connection, alloy.name, space, exclude)
    told = [f"Wrong energies: {line}." for line in list_senseless_energies(connection, alloy)]
    told += [
        f"{count} structure{' is' if count == 1 else 's are'} not fitted: {reason}."
        for reason, count in counts.items()
    ]
    ((n_other, n_below),) = connection.execute(
        "select count(*), count(*) filter (is_below_parent_hull) from marts.competing_phases "
        "where alloy = ?",
        [alloy.name],
    ).fetchall()
    if n_other:
        told.append(
            f"{n_other} structure{' is' if n_other == 1 else 's are'} on no site pattern of the "
            "parent lattice, and without a part in any fit or hull here; "
            f"{n_below or 'none'} {'lies' if n_below == 1 else 'lie'} below the parent's hull "
            "(marts.competing_phases)."
        )
    return told


def read_chosen(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, dict[str, float]]:
    """Return what each method chose for itself in the fit that the locked test judges."""
    rows = connection.execute(
        "select model, hyperparameters from marts.cluster_expansion_models where alloy = ?",
        [alloy.name],
    ).fetchall()
    return {model: json.loads(text) for model, text in rows}
