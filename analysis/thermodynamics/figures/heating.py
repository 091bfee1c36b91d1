"""One slider over temperature: energy, heat capacity, order and the atoms move together."""

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.pages.figure import COLOURS, GREY, Figure
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.sites import supercell_sites
from warehouse.crystals.symmetry import parse_decoration_id

if TYPE_CHECKING:
    import plotly.graph_objects as go

PANELS = {
    "mean_energy": "energy (meV/atom)",
    "heat_capacity": "heat capacity (k<sub>B</sub>)",
    "order_parameter": "long-range order",
}
PLACES = ({"row": 1, "col": 1}, {"row": 1, "col": 2}, {"row": 2, "col": 1})
SQL = """
with shown as (
    -- The largest crystal, of the composition whose energy steps most.
    select run_id
    from marts.transition_temperatures
    where alloy = '{alloy}' and draw is null
    order by transition_temperature is null, n_sites desc, transition_energy desc, run_id
    limit 1
),

stable as (
    select *, row_number() over (
        partition by temperature order by is_in_phase desc, free_energy, simulation
    ) as place
    from marts.free_energies
    where run_id in (select run_id from shown) and draw is null and free_energy is not null
),

short_range as (
    select
        run_id, simulation,
        string_agg(round(warren_cowley_parameter, 4), ' ' order by shell) as shells
    from marts.short_range_order
    where shell <= 6
    group by run_id, simulation
)

select
    chains.temperature, chains.start, 1000 * chains.mean_energy as mean_energy,
    chains.heat_capacity, chains.order_parameter, short_range.shells, snapshots.occupations,
    chains.concentration, chains.n_sites, chains.decoration_id
from stable
inner join marts.thermodynamics as chains using (run_id, simulation)
inner join short_range using (run_id, simulation)
inner join staging.snapshots using (run_id, simulation)
where stable.place = 1 and chains.temperature <= 1500
order by chains.temperature"""


def draw_heating(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """What the stable phase of one crystal is like at each temperature; None without a run."""
    sql = SQL.format(alloy=alloy)
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    rows = rows.with_columns(
        pl.col("shells").str.split(" ").list.eval(pl.element().cast(pl.Float64))
    )
    name, _, _ = parse_decoration_id(rows["decoration_id"][0])
    of = "select cell, basis from staging.parent_lattices where parent_lattice = ?"
    cell, basis = read_rows(connection, of, [name]).row(0)
    parent = ParentLattice(name, np.array(cell), np.array(basis))
    share, n_sites = rows["concentration"][0], rows["n_sites"][0]
    return Figure(
        "Heat the crystal",
        _draw_slider(rows, alloy, parent),
        "Move the temperature. At the transition the energy steps, and the pattern of the atoms "
        "dissolves; short-range order stays, far above it: unlike atoms go on seeking one another.",
        f"{alloy.label}, {share:.3g} of {alloy.second}, {n_sites:,} sites; of the two phases the "
        "one of the lower free energy. A Warren–Cowley parameter is 0 at random and below 0 where "
        "unlike atoms are neighbours more often. The atoms are those of one lattice plane after "
        f"the last sweep: {alloy.elements[0]} in colour, {alloy.second} grey.",
        sql.strip(),
    )


def _draw_slider(rows: pl.DataFrame, alloy: Alloy, parent: ParentLattice) -> "go.Figure":
    from plotly.subplots import make_subplots

    plot = make_subplots(
        rows=3, cols=2, specs=[[{}, {}], [{}, {}], [{"colspan": 2}, None]],
        horizontal_spacing=0.14, vertical_spacing=0.12,
    )  # fmt: skip
    places = _plane(parent, rows["n_sites"][0])
    for (name, title), place in zip(PANELS.items(), PLACES, strict=True):
        plot.add_scatter(
            x=rows["temperature"], y=rows[name], mode="lines", line={"color": COLOURS[0]},
            showlegend=False, **place,
        )  # fmt: skip
        plot.update_yaxes(title=title, **place)
        plot.update_xaxes(title="temperature (K)", **place)
    n_fixed, middle = len(PANELS), rows.height // 2
    for number, row in enumerate(rows.iter_rows(named=True)):
        seen = {"visible": number == middle, "showlegend": False}
        for name, place in zip(PANELS, PLACES, strict=True):
            plot.add_scatter(
                x=[row["temperature"]], y=[row[name]], mode="markers",
                marker={"size": 11, "color": COLOURS[1]}, **place, **seen,
            )  # fmt: skip
        shells = list(range(1, len(row["shells"]) + 1))
        plot.add_bar(x=shells, y=row["shells"], marker_color=COLOURS[0], row=2, col=2, **seen)
        _add_atoms(plot, row["occupations"], places, alloy, number == middle)
    n_each = len(PANELS) + 3
    steps = [
        {
            "label": f"{temperature:.0f}",
            "method": "restyle",
            "args": [
                "visible",
                [True] * n_fixed
                + [shown == number for shown in range(rows.height) for _ in range(n_each)],
            ],
        }
        for number, temperature in enumerate(rows["temperature"])
    ]
    every = [abs(value) for of in rows["shells"] for value in of]
    plot.update_yaxes(
        title="Warren–Cowley parameter", range=[-max(every), max(every)], row=2, col=2
    )
    plot.update_xaxes(title="shell of neighbours", dtick=1, row=2, col=2)
    plot.update_xaxes(visible=False, row=3, col=1)
    plot.update_yaxes(visible=False, scaleanchor="x5", row=3, col=1)
    plot.update_layout(
        template="none", height=820, margin={"l": 70, "r": 20, "t": 20, "b": 120},
        showlegend=False,
        sliders=[
            {
                "active": middle, "steps": steps, "currentvalue": {"suffix": " K"}, "y": 0,
                "pad": {"t": 20},
            }
        ],
    )  # fmt: skip
    return plot


def _add_atoms(
    plot: "go.Figure",
    occupations: str,
    places: tuple[list[int], FloatArray],
    alloy: Alloy,
    is_seen: bool,
) -> None:
    numbers, points = places
    is_second = np.array([occupations[number] == "1" for number in numbers])
    kinds = ((alloy.elements[0], ~is_second, COLOURS[1]), (alloy.second, is_second, GREY))
    for name, which, colour in kinds:
        plot.add_scatter(
            x=points[which, 0], y=points[which, 1], mode="markers", name=name, hoverinfo="name",
            marker={"size": 16, "color": colour}, visible=is_seen, row=3, col=1,
        )  # fmt: skip


def _plane(parent: ParentLattice, n_sites: int) -> tuple[list[int], FloatArray]:
    """Sites of the plane of the second and third primitive vector, and places (n, 2) in it."""
    n = round((n_sites / len(parent.basis)) ** (1 / 3))
    sites = supercell_sites(parent, n * np.eye(3, dtype=np.int64))
    numbers = np.flatnonzero((sites[:, 0] == 0) & (sites[:, 1] == 0))
    along = parent.cell[1] / np.linalg.norm(parent.cell[1])
    across = parent.cell[2] - (parent.cell[2] @ along) * along
    across /= np.linalg.norm(across)
    positions = parent.positions(sites[numbers])
    return numbers.tolist(), np.column_stack([positions @ along, positions @ across])
