"""The workshop: both experiments as an exercise sheet, its numbers read when it is written."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from analysis.cluster_expansion.figures.crystals import read_gallery
from analysis.cluster_expansion.figures.quoted_numbers import read_sources
from analysis.cluster_expansion.labels import ALLOY_LABELS
from analysis.datasets import read_rows
from analysis.metals.benchmarks import MATBENCH
from analysis.metals.figures.property_gains import read_property_gains
from analysis.metals.labels import METAL_LABELS
from analysis.metals.prediction import load_classifier
from analysis.pages.page import ShownRun, write_page
from warehouse.conventions.alloys import Alloy

FORMULAS = ("Cu3Au", "GaN")
"""A metal and a semiconductor that everyone has heard of."""


def write_workshop(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    alloy: Alloy,
    runs: Mapping[str, ShownRun],
    pages: tuple[str, ...],
) -> Path:
    """Write `workshop.html` on one alloy and the first benchmark, from the `runs` of both."""
    gains = read_property_gains(folder)
    return write_page(
        connection,
        folder,
        "workshop.html",
        {
            "alloy": alloy,
            "parent_lattice": read_sources(connection, alloy)["parent_lattice"],
            "benchmark": MATBENCH[0],
            "ask": partial(ask, connection),
            "show": show_cell,
            "crystals": read_gallery(connection, alloy),
            "formulas": FORMULAS,
            "gains": gains.ranked.to_dicts() if gains else [],
            "answers": load_classifier(connection, MATBENCH[0]).explain(FORMULAS),
            "versions": {
                name: version for run in runs.values() for name, version in run.versions.items()
            },
        },
        pages,
        (*ALLOY_LABELS, *METAL_LABELS),
    )


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Rows that a query of the sheet gives."""
    return read_rows(connection, sql).to_dicts()


def show_cell(value: Any) -> str:
    """A cell as readers see it: thousands apart, four digits of what is not whole."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", "−")
    return f"{value:,}" if isinstance(value, int) else str(value or "")
