"""Order and energy as crystals are heated and cooled, and the free energies that decide."""

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS, Figure, style
from analysis.thermodynamics.figures.compositions import select_composition
from warehouse.conventions.alloys import Alloy

NAMES = {"ordered": "heated from order", "disordered": "cooled from disorder"}


def draw_order(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Long-range order over temperature, of each composition, heated and cooled."""
    sql = f"""
select
    {select_composition("chains")}, n_sites, start, temperature, order_parameter
from marts.free_energies as chains
where alloy = '{alloy}' and draw is null and temperature <= 2000 and is_in_phase
    and chemical_potential is null and series not like 'sections%'
qualify dense_rank() over (partition by composition, n_sites order by series) = 1
order by concentration, composition, n_sites, start desc, temperature"""
    return _draw(
        connection, sql, "order_parameter", "long-range order", "Order breaks down and comes back",
        "Each line ends where its phase no longer lasts by itself: order where the superheated "
        "crystal breaks down, disorder where the undercooled one orders. Between the ends both "
        "last: that is the hysteresis, and the phases change somewhere within it.",
        f"{alloy.label}; 1 is the ordered structure. Monte Carlo at fixed composition; "
        "temperatures exchange their crystals.",
    )  # fmt: skip


def draw_free_energies(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Free energy of the ordered phase less that of the disordered one."""
    sql = f"""
select
    {select_composition("ordered")},
    ordered.n_sites, 'ordered' as start, ordered.temperature,
    1000 * (ordered.free_energy - disordered.free_energy) as difference
from marts.free_energies as ordered
inner join marts.free_energies as disordered using (alloy, series, run_id, temperature)
where alloy = '{alloy}' and ordered.start = 'ordered' and disordered.start = 'disordered'
    and ordered.draw is null and disordered.draw is null
    and ordered.is_in_phase and disordered.is_in_phase
    and ordered.chemical_potential is null and ordered.series not like 'sections%'
qualify dense_rank() over (partition by composition, ordered.n_sites order by series) = 1
order by ordered.concentration, composition, ordered.n_sites, ordered.temperature"""
    return _draw(
        connection, sql, "difference", f"free energy of order less disorder (meV/{alloy.site})",
        "Where both phases cost the same",
        "Below zero the ordered phase is stable, above it the disordered one. A line crosses zero "
        "at the transition, if there is one, well before heating destroys order.",
        f"{alloy.label}; integrated from infinite temperature for the disordered phase and from "
        "the lowest temperature for the ordered one, in SQL.",
    )  # fmt: skip


def _draw(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    column: str,
    title_of_y: str,
    title: str,
    reading: str,
    caption: str,
) -> Figure | None:
    """A line of `column` for each composition, crystal and start."""
    import plotly.graph_objects as go

    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    crystals = rows.select("composition", "n_sites").unique(maintain_order=True).rows()
    for place, (composition, n_sites) in enumerate(crystals):
        for start, name in NAMES.items():
            of = rows.filter(
                pl.col("start") == start,
                pl.col("composition") == composition,
                pl.col("n_sites") == n_sites,
            )
            if of.height:
                plot.add_scatter(
                    x=of["temperature"], y=of[column], mode="lines+markers",
                    name=f"{composition}, {n_sites:,} sites, {name}",
                    line={
                        "color": COLOURS[place % len(COLOURS)],
                        "dash": "solid" if start == "ordered" else "dot",
                    },
                )  # fmt: skip
    return Figure(title, style(plot, "temperature (K)", title_of_y), reading, caption, sql.strip())
