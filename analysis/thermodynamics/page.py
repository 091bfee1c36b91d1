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
        "fcc-2-0-2-1-1-1:7": "663 K",
        "fcc-1-0-2-0-1-1:1": "683 K, and 658 K between the two ordered phases",
        "fcc-2-0-2-1-1-1:1": "513 K",
    }
}
"""Order-disorder temperatures of L1_2 Cu3Au, L1_0 CuAu and L1_2 CuAu3, by decoration, in the
assessed diagram of Okamoto, Chakrabarti, Laughlin and Massalski (The Au-Cu System, 1987):
390, 410 and 385, and 240 degrees Celsius."""


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
with started as (
    select alloy, run_id, any_value(decoration_id) as decoration_id,
        count(distinct draw) as n_all_draws
    from staging.simulations
    group by alloy, run_id
),

calculated as (
    select decoration_id, min(structure_id) as structure_id
    from staging.lattice_mappings
    where alloy = '{alloy}'
    group by decoration_id
)

select
    concentration, n_sites, any_value(started.decoration_id) as decoration_id,
    any_value(calculated.structure_id) as structure_id,
    max(case when draw is null then transition_temperature end) as temperature,
    max(case when draw is null then transition_temperature_error end) as statistics,
    stddev_samp(case when draw is not null then transition_temperature end) as model,
    count(draw) as n_draws, any_value(n_all_draws) as n_all_draws,
    max(case when draw is null then n_unsure_chains end) as n_unsure_chains,
    1000 * max(case when draw is null then transition_energy end) as energy
from marts.transition_temperatures
inner join started using (alloy, run_id)
left join calculated on started.decoration_id = calculated.decoration_id
where alloy = '{alloy}'
group by series, concentration, n_sites
order by concentration, n_sites, series"""
    measured = MEASURED.get(alloy.name, {})
    rows = [
        row | {"measured": measured.get(row["decoration_id"], "")}
        for row in read_rows(connection, sql).to_dicts()
    ]
    return {"rows": rows, "sql": sql.strip()}
