"""`index.html`: both questions with their answers, how fast, how safe, and what all is made of."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from analysis.cluster_expansion.figures.accuracy import draw_parity
from analysis.cluster_expansion.figures.quoted_numbers import read_sources, read_spread
from analysis.cluster_expansion.labels import ALLOY_LABELS, HARDER_SPLITS, AlloySplit
from analysis.datasets import read_rows
from analysis.linear_models.figures.scores import read_score_table
from analysis.metals.figures.ladder import draw_metal_ladder
from analysis.metals.figures.quoted_numbers import (
    fitted_benchmarks,
    read_size,
    show_classifier,
)
from analysis.metals.labels import METAL_LABELS
from analysis.metals.page import METRICS
from analysis.pages.page import PAGES, ShownRun, pivot_scores, write_page
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.upkeep.holdings import list_holdings

MADE_BY = {"benchmarks.json": "bench", "soak.json": "soak"}
"""Targets of make that write these files beside the pages."""
JUDGED = (AlloySplit.LOCKED_TEST, *HARDER_SPLITS)
"""Splits of the cluster expansion that judge the choice, the honest one first."""


def write_index(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    folder: Path,
    alloy: Alloy,
    runs: Mapping[str, ShownRun],
    pages: tuple[str, ...] = tuple(PAGES),
) -> Path:
    """Write `index.html` about the studies that have `runs`; for the others it says what to do."""
    return write_page(
        connection,
        folder,
        "index.html",
        {
            "alloy": alloy,
            "energies": read_alloy_card(connection, alloy) if "cluster_expansion" in runs else None,
            "metals": read_metals_card(connection) if "metals" in runs else None,
            "benchmarks": read_benchmarks(folder / "benchmarks.json"),
            "costs": read_costs(folder / "benchmarks.json"),
            "campaigns": read_json(folder / "soak.json"),
            "holdings": list_holdings(store),
            "runs": read_shown_runs(connection),
            "run_ids": {study: run.run_id for study, run in runs.items()},
            "versions": {name: n for run in runs.values() for name, n in run.versions.items()},
        },
        pages,
        (*ALLOY_LABELS, *METAL_LABELS),
    )


def read_alloy_card(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """What the first screen tells of the cluster expansion."""
    scores = pivot_scores(connection, "cluster_expansion", alloy.name, "rmse")
    chosen = scores["selected"]
    cells = [
        scores["cells"][chosen, split] for split in JUDGED if (chosen, split) in scores["cells"]
    ]
    figure = draw_parity(connection, alloy)
    figure.plot.update_layout(height=360)
    return {
        "method": chosen,
        "cells": cells,
        "spread": read_spread(connection, alloy),
        "parent_lattice": read_sources(connection, alloy)["parent_lattice"],
        "figure": figure,
    }


def read_metals_card(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the second screen tells of the classifier."""
    shown = show_classifier(connection, fitted_benchmarks(connection)[0])
    rows = read_score_table(connection, shown, METRICS)["rows"]
    return {
        "scores": {
            row["split"]: {"n": row["n"]} | {cell["metric"]: cell["value"] for cell in row["cells"]}
            for row in rows
        },
        "n_parameters": read_size(connection, shown)[0],
        "figure": draw_metal_ladder(connection, shown),
    }


def read_shown_runs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every run whose results the warehouse shows, with the libraries that computed it."""
    rows = read_rows(
        connection,
        "select study, dataset, run_id, any_value(lineage) as lineage from staging.models "
        "group by all order by study, dataset",
    )
    return [row | {"packages": {}, **json.loads(row["lineage"])} for row in rows.to_dicts()]


def read_benchmarks(path: Path) -> list[dict[str, Any]]:
    """Rows of `benchmarks.json` that have a peer, with that named."""
    rows = []
    for row in read_json(path):
        what, _, peer = str(row["name"]).partition("_vs_")
        if peer:
            rows.append(row | {"what": what.replace("_", " "), "peer_name": peer.replace("_", "-")})
    return rows


def read_costs(path: Path) -> list[dict[str, Any]]:
    """Rows of `benchmarks.json` that say what each stage of the report costs."""
    return [row for row in read_json(path) if row["name"] == "report_cpu_seconds"]


def read_json(path: Path) -> list[dict[str, Any]]:
    """What another command left beside the pages; nothing if it has not been run."""
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise WarehouseError(
            f"{path} is no JSON: {error}", hint=f"delete it, or run `make {MADE_BY[path.name]}`"
        ) from error
