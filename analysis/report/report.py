"""Writes the pages and `metrics.json` from what the studies left in the warehouse."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from analysis.cluster_expansion.page import PAGE as ALLOY_PAGE
from analysis.cluster_expansion.page import draw_cluster_expansion, write_cluster_expansion_page
from analysis.datasets import read_rows, reading_once
from analysis.linear_models.figures.shown import read_shown
from analysis.metals.benchmarks import MATBENCH
from analysis.metals.page import write_metals_page
from analysis.pages.downloads import Download
from analysis.pages.page import (
    PAGES,
    ShownRun,
    find_shown_run,
    make_folder,
    shows_already,
    write_whole,
)
from analysis.properties.page import PAGE as PROPERTIES_PAGE
from analysis.properties.page import write_properties_page
from analysis.report.dictionary import write_dictionary
from analysis.report.exploration import PAGE as EXPLORE_PAGE
from analysis.report.exploration import has_materials, refresh_exploration
from analysis.report.overview import write_index
from analysis.report.workshop import write_workshop
from analysis.thermodynamics.page import write_thermodynamics_page
from warehouse.conventions.alloys import Alloy
from warehouse.errors import WarehouseError
from warehouse.settings import code_version
from warehouse.storage.store import Store

DEEP_VIEWS = {
    "cluster_expansion": (
        "marts.ground_states",
        "marts.predicted_ground_states",
        "marts.ground_state_probabilities",
    ),
    "metals": (
        "marts.metal_training",
        "marts.metal_formula_descriptors",
        "marts.metal_cell_descriptors",
    ),
}
"""What several figures of a study's page ask, and takes a second or more to compute each time."""


def find_deep_views(connection: duckdb.DuckDBPyConnection, only: str | None = None) -> list[str]:
    """Those of `DEEP_VIEWS` that pages on what has been fitted ask, or that of one study `only`."""
    rows = read_rows(connection, "select distinct study from staging.models")
    fitted = [only] if only else rows["study"].to_list()
    return [view for study in DEEP_VIEWS if study in fitted for view in DEEP_VIEWS[study]]


@dataclass
class DrawnPage:
    """A page that was written while another study still fitted, to write again with all links."""

    run: ShownRun
    values: dict[str, Any]
    downloads: dict[str, Download] = field(default_factory=dict)


def write_first_page(
    connection: duckdb.DuckDBPyConnection, folder: Path, alloy: Alloy
) -> DrawnPage | None:
    """Write the page on an alloy, if it has results, and keep what it shows.

    Its navigation has the pages that are there already.
    """
    run = find_shown_run(connection, "cluster_expansion", alloy.name)
    if run is None:
        return None
    there = tuple(name for name in PAGES if name == ALLOY_PAGE or (folder / name).exists())
    with reading_once():
        page = DrawnPage(run, draw_cluster_expansion(connection, alloy, run))
        write_cluster_expansion_page(connection, folder, page.values, there, page.downloads)
    return page


def write_report(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    folder: Path,
    alloy: Alloy,
    drawn: DrawnPage | None = None,
    only: str | None = None,
) -> list[Path]:
    """Write into `folder` a page on each study that has results, and the pages about all.

    What `write_first_page` has `drawn` of the same run is not drawn again. With `only` a study, the
    other's page stays if it shows its run, and so does the dictionary. Raises WarehouseError if no
    study has any results.
    """
    names = {"cluster_expansion": [alloy.name], "metals": MATBENCH}
    found = {
        study: [run for name in of_study if (run := find_shown_run(connection, study, name))]
        for study, of_study in names.items()
    }
    runs = {study: of_study[0] for study, of_study in found.items() if of_study}
    if not runs:
        raise WarehouseError(
            "no study has results to report", hint="run `python -m analysis report`"
        )
    missing = _find_missing(connection, {study for study in names if study not in runs})
    pages = tuple(name for name in PAGES if name not in missing)
    make_folder(folder)

    def stays(name: str, study: str = "", *shown: str) -> bool:
        parts = (code_version(), *shown)
        return only not in (None, study) and shows_already(folder / name, parts, pages)

    with reading_once():
        written = []
        run = runs.get("cluster_expansion")
        if run and not stays(ALLOY_PAGE, "cluster_expansion", run.run_id):
            if drawn is None or drawn.run != run:
                drawn = DrawnPage(run, draw_cluster_expansion(connection, alloy, run))
            written.append(
                write_cluster_expansion_page(
                    connection, folder, drawn.values, pages, drawn.downloads
                )
            )
        run = runs.get("metals")
        if run and not stays("metals.html", "metals", run.run_id):
            written.append(write_metals_page(connection, folder, run, pages))
        if run := runs.get("cluster_expansion"):
            written.append(write_thermodynamics_page(connection, folder, alloy, run, pages))
        if PROPERTIES_PAGE in pages:
            written.append(write_properties_page(connection, folder, pages))
        written.append(write_index(connection, store, folder, alloy, runs, pages))
        if "workshop.html" in pages:
            written.append(write_workshop(connection, folder, alloy, runs, pages))
        if not stays("dictionary.html"):
            written.append(write_dictionary(connection, store, folder, pages))
        written += refresh_exploration(connection, folder, pages)
        return [*written, write_metrics(connection, folder)]


def _find_missing(connection: duckdb.DuckDBPyConnection, unfitted: set[str]) -> set[str]:
    """Pages with nothing to tell, where the studies `unfitted` have no results."""
    missing = {f"{study}.html" for study in unfitted}
    missing |= {"thermodynamics.html"} if "cluster_expansion" in unfitted else set()
    missing |= {"workshop.html"} if missing else set()  # its exercises are about both studies
    missing |= set() if read_shown(connection) else {PROPERTIES_PAGE}
    return missing | (set() if has_materials(connection) else {EXPLORE_PAGE})


def write_metrics(connection: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """Write `metrics.json`: the rows of `marts.metrics`, and all that decided each run."""
    rows = read_rows(
        connection, "select * from marts.metrics order by study, dataset, model, split, metric"
    )
    lineage = dict(connection.execute("select run_id, lineage from staging.models").fetchall())
    runs = {run_id: json.loads(lineage[run_id]) for run_id in sorted(lineage)}
    content = {"code_version": code_version(), "metrics": rows.to_dicts(), "runs": runs}
    return write_whole(folder / "metrics.json", json.dumps(content, indent=1) + "\n")
