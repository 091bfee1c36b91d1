"""Writes the pages and `metrics.json` from what the studies left in the warehouse."""

import json
from functools import partial
from pathlib import Path

import duckdb

import analysis.metals.figures as metals_figures
from analysis.cluster_expansion.crystals import read_gallery
from analysis.cluster_expansion.interactive import write_payload
from analysis.cluster_expansion.page import draw_questions, read_quality
from analysis.cluster_expansion.readings import read_choice, read_locked, read_sources
from analysis.cluster_expansion.sparse import L1_RATIOS
from analysis.datasets import read_rows
from analysis.dictionary import write_dictionary
from analysis.metals.data import BENCHMARKS
from analysis.metals.figures_honesty import read_errors
from analysis.metals.figures_ladder import read_live_steps
from analysis.metals.live import count_live
from analysis.overview import SPREAD_SQL, display_alloy, write_index
from analysis.pages import (
    PAGES,
    Run,
    find_run,
    make_folder,
    pivot_scores,
    write_page,
    write_text,
)
from analysis.workshop import write_workshop
from warehouse.errors import WarehouseError
from warehouse.settings import code_version

CLUSTER_EXPANSION_SPLITS = (
    "training",
    "training_10_fold",
    "locked_test",
    "random_10_fold",
    "leave_composition_out",
    "size_5_to_6",
)


def write_report(connection: duckdb.DuckDBPyConnection, folder: Path, alloy: str) -> list[Path]:
    """Write into `folder` a page on each study that has results, and the pages about all.

    Raises WarehouseError if no study has any.
    """
    names = {"cluster_expansion": [alloy], "metals": BENCHMARKS}
    found = {
        study: [run for name in of_study if (run := find_run(connection, study, name))]
        for study, of_study in names.items()
    }
    runs = {study: of_study[0] for study, of_study in found.items() if of_study}
    if not runs:
        raise WarehouseError(
            "no study has results to report", hint="run `python -m analysis report`"
        )
    missing = {f"{study}.html" for study in names if study not in runs}
    missing |= {"workshop.html"} if missing else set()  # its exercises are about both studies
    pages = tuple(name for name in PAGES if name not in missing)
    make_folder(folder)
    studies = {
        "cluster_expansion": partial(write_cluster_expansion_page, connection, folder, alloy),
        "metals": partial(write_metals_page, connection, folder),
    }
    return [
        *(studies[study](run, pages) for study, run in runs.items()),
        write_index(connection, folder, alloy, runs, pages),
        *([] if missing else [write_workshop(connection, folder, alloy, runs)]),
        write_dictionary(connection, folder, pages),
        write_metrics(connection, folder),
    ]


def write_cluster_expansion_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    alloy: str,
    run: Run,
    pages: tuple[str, ...],
) -> Path:
    """Write `cluster_expansion.html` on one alloy."""
    interactions_sql = f"""
select
    orbit_index, cluster_order, cluster_diameter, multiplicity,
    1000 * parameter as parameter, 1000 * effective_cluster_interaction as interaction
from marts.effective_cluster_interactions
where alloy = '{alloy}' and is_selected and cluster_order >= 2
order by abs(interaction) desc
limit 12"""
    count_sql = "select count(*) from staging.alloy_structures where alloy = ?"
    return write_page(
        connection,
        folder,
        "cluster_expansion.html",
        {
            "elements": display_alloy(alloy),
            "n_structures": connection.execute(count_sql, [alloy]).fetchall()[0][0],
            "alloy": alloy,
            "scores": pivot_scores(connection, "cluster_expansion", alloy, "rmse"),
            "splits": CLUSTER_EXPANSION_SPLITS,
            "spread": connection.execute(SPREAD_SQL, [alloy]).fetchall()[0][0],
            "l1_ratios": L1_RATIOS,
            "choice": read_choice(connection, alloy),
            "locked": read_locked(connection, alloy),
            "sources": read_sources(connection, alloy),
            "chosen": read_hyperparameters(connection, alloy),
            "questions": draw_questions(connection, alloy),
            "sliders": write_payload(connection, alloy),
            "quality": read_quality(connection, alloy),
            "crystals": read_gallery(connection, alloy),
            "interactions": read_rows(connection, interactions_sql).to_dicts(),
            "interactions_sql": interactions_sql.strip(),
            "run_id": run.run_id,
            "versions": run.versions,
        },
        pages,
    )


def read_hyperparameters(
    connection: duckdb.DuckDBPyConnection, alloy: str
) -> dict[str, dict[str, float]]:
    """Return what each method chose for itself in the fit that the locked test judges."""
    rows = connection.execute(
        "select model, hyperparameters from staging.models "
        "where study = 'cluster_expansion' and dataset = ?",
        [alloy],
    ).fetchall()
    return {model: json.loads(text) for model, text in rows}


def write_metals_page(
    connection: duckdb.DuckDBPyConnection, folder: Path, run: Run, pages: tuple[str, ...]
) -> Path:
    """Write `metals.html`: scores of each benchmark, questions and figures of the first."""
    n_features = (
        "select count(*) from staging.model_parameters "
        "where study = 'metals' and dataset = ? and scale is not null"
    )
    fitted = metals_figures.fitted_benchmarks(connection)
    tables = [metals_figures.score_table(connection, benchmark) for benchmark in fitted]
    return write_page(
        connection,
        folder,
        "metals.html",
        {
            "n_features": connection.execute(n_features, [fitted[0]]).fetchall()[0][0],
            "n_materials": [(table["rows"][0]["n"], table["title"]) for table in tables],
            "n_live": count_live(connection),
            "tables": tables,
            "ladders": metals_figures.ladder_tables(connection, fitted),
            "has_live_ladder": bool(read_live_steps(connection)),
            "errors": read_errors(connection, fitted[0]),
            "questions": metals_figures.make_questions(connection, fitted[0]),
            "run_id": run.run_id,
            "versions": run.versions,
        },
        pages,
    )


def write_metrics(connection: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """Write `metrics.json`: the rows of `marts.metrics`, and all that decided each run."""
    rows = read_rows(
        connection, "select * from marts.metrics order by study, dataset, model, split, metric"
    )
    lineage = dict(connection.execute("select run_id, lineage from staging.models").fetchall())
    runs = {run_id: json.loads(lineage[run_id]) for run_id in sorted(lineage)}
    content = {"code_version": code_version(), "metrics": rows.to_dicts(), "runs": runs}
    return write_text(folder / "metrics.json", json.dumps(content, indent=1) + "\n")
