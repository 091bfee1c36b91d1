"""Writes `thermodynamics.html`: what the fitted expansion does at temperatures."""

from pathlib import Path
from typing import Any

import duckdb

from analysis.datasets import read_rows
from analysis.pages.page import PAGES, ShownRun, write_page
from analysis.thermodynamics.figures.branches import draw_free_energies, draw_order
from warehouse.conventions.alloys import Alloy

MEASURED = {
    "au-cu": {
        0.75: "663 K",
        0.5: "683 K, and 658 K between the two ordered phases",
        0.25: "513 K",
    }
}
"""Order-disorder temperatures in the assessed diagram of Okamoto, Chakrabarti, Laughlin and
Massalski (The Au-Cu System, 1987): 390, 410 and 385, and 240 degrees Celsius."""


def write_thermodynamics_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    alloy: Alloy,
    run: ShownRun | None,
    pages: tuple[str, ...] = tuple(PAGES),
) -> Path:
    """Write the page on what was simulated of `alloy`, or on the command that simulates it."""
    drawn = [draw(connection, alloy) for draw in (draw_order, draw_free_energies)]
    return write_page(
        connection,
        folder,
        "thermodynamics.html",
        {
            "alloy": alloy,
            "transitions": read_transitions(connection, alloy),
            "figures": [figure for figure in drawn if figure],
            "versions": run.versions if run else {},
        },
        pages,
    )


def read_transitions(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """One row per simulated crystal: its transition, with the error bars of both kinds."""
    sql = f"""
select
    concentration, n_sites,
    max(case when draw is null then transition_temperature end) as temperature,
    max(case when draw is null then transition_temperature_error end) as statistics,
    stddev_samp(case when draw is not null then transition_temperature end) as model,
    count(draw) as n_draws,
    1000 * max(case when draw is null then transition_energy end) as energy
from marts.transition_temperatures
where alloy = '{alloy}'
group by series, concentration, n_sites
order by concentration, n_sites, series"""
    measured = MEASURED.get(alloy.name, {})
    rows = [
        row | {"measured": measured.get(row["concentration"], "")}
        for row in read_rows(connection, sql).to_dicts()
    ]
    return {"rows": rows, "sql": sql.strip()}
