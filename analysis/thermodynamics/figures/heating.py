"""One slider over temperature: energy, heat capacity, order and the atoms move together."""

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.fitted_expansion import read_parent_lattice
from analysis.pages.figure import COLOURS, GREY, Figure
from analysis.thermodynamics.figures.compositions import select_composition
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import ClusterSpaceName
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.sites import supercell_sites

if TYPE_CHECKING:
    import plotly.graph_objects as go

PANELS = {
    "mean_energy": "energy (meV/{site})",
    "heat_capacity": "heat capacity (k<sub>B</sub>)",
    "order_parameter": "long-range order",
}
PLACES = ({"row": 1, "col": 1}, {"row": 1, "col": 2}, {"row": 2, "col": 1})
SQL = """
with shown as (
    -- The largest crystal, of the composition whose energy steps most.
    select chains.run_id
    from staging.simulations as chains
    left join marts.transition_temperatures as transitions
        on chains.run_id = transitions.run_id and transitions.draw is null
    where chains.alloy = '{alloy}' and chains.draw is null and chains.ensemble = 'canonical'
    order by
        transition_temperature is null, chains.n_sites desc, transition_energy desc, chains.run_id
    limit 1
),

stable as (
    select *, row_number() over (
        partition by temperature order by is_in_phase desc, free_energy, simulation
    ) as place
    from marts.free_energies
    where run_id in (select run_id from shown) and draw is null and free_energy is not null
),

shells as (
    select
        run_id, simulation, shell, first_species || '–' || second_species as pair,
        avg(warren_cowley_parameter) as alpha
    from marts.short_range_order
    where shell <= 6
    group by all
),

short_range as (
    select
        run_id, simulation,
        string_agg(pair || ' ' || shell || ' ' || round(alpha, 4), '; ' order by pair, shell)
            as shells
    from shells
    group by run_id, simulation
)

select
    chains.temperature, chains.start, 1000 * chains.mean_energy as mean_energy,
    chains.heat_capacity, chains.order_parameter, short_range.shells, snapshots.occupations,
    {composition},
    chains.n_sites, models.feature_space
from stable
inner join marts.thermodynamics as chains using (run_id, simulation)
inner join short_range using (run_id, simulation)
inner join staging.snapshots using (run_id, simulation)
inner join staging.simulations as simulations using (run_id, simulation)
inner join staging.models as models
    on simulations.model_run_id = models.run_id and simulations.model = models.model
    and simulations.alloy = models.dataset
where stable.place = 1 and chains.temperature <= 1500
order by chains.temperature"""


def draw_heating(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """What the stable phase of one crystal is like at each temperature; None without a run."""
    sql = SQL.format(alloy=alloy, composition=select_composition("chains"))
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    space = ClusterSpaceName.parse(rows["feature_space"][0])
    parent = read_parent_lattice(connection, space.parent)
    n_sites, fixed = rows["n_sites"][0], _tell_composition(rows["composition"][0], alloy)
    return Figure(
        "Heat the crystal",
        _draw_slider(rows, alloy, parent),
        "Move the temperature. At the transition the energy steps, and the pattern of the atoms "
        "dissolves; short-range order stays, far above it: unlike atoms go on seeking one another.",
        f"{alloy.label}, {fixed}, {n_sites:,} sites; of the two phases the one of the lower "
        "free energy. A Warren–Cowley parameter is 0 at random and below 0 where unlike "
        "atoms are neighbours more often. The atoms are those of one lattice plane after "
        f"the last sweep: {_tell_colours(alloy)}.",
        sql.strip(),
    )


def _read_shells(text: str) -> list[tuple[str, int, float]]:
    """Pair of species, shell and Warren-Cowley parameter of each part of a text."""
    parts = (part.split(" ") for part in text.split("; "))
    return [(pair, int(shell), float(alpha)) for pair, shell, alpha in parts]


def _tell_composition(composition: str, alloy: Alloy) -> str:
    """The shares that are fixed, in words."""
    return f"{composition} of {alloy.second}" if alloy.has_one_share else composition


def _tell_colours(alloy: Alloy) -> str:
    """Which species of the sublattice that is shown has which colour."""
    first, *others = alloy.sublattices[0]
    if len(others) == 1:
        return f"{first} in colour, {others[0]} grey"
    return "the legend has the colours of the species"


def _draw_slider(rows: pl.DataFrame, alloy: Alloy, parent: ParentLattice) -> "go.Figure":
    from plotly.subplots import make_subplots

    plot = make_subplots(
        rows=3, cols=2, specs=[[{}, {}], [{}, {}], [{"colspan": 2}, None]],
        horizontal_spacing=0.14, vertical_spacing=0.12,
    )  # fmt: skip
    places = _plane(parent, rows["n_sites"][0])
    for (name, words), place in zip(PANELS.items(), PLACES, strict=True):
        title = words.format(site=alloy.site)
        plot.add_scatter(
            x=rows["temperature"], y=rows[name], mode="lines", line={"color": COLOURS[0]},
            showlegend=False, **place,
        )  # fmt: skip
        plot.update_yaxes(title=title, **place)
        plot.update_xaxes(title="temperature (K)", **place)
    shells = [_read_shells(text) for text in rows["shells"]]
    n_fixed, middle = len(PANELS), rows.height // 2
    pairs = sorted({pair for of in shells for pair, _, _ in of})
    for number, row in enumerate(rows.iter_rows(named=True)):
        seen = {"visible": number == middle, "showlegend": False}
        for name, place in zip(PANELS, PLACES, strict=True):
            plot.add_scatter(
                x=[row["temperature"]], y=[row[name]], mode="markers",
                marker={"size": 11, "color": COLOURS[1]}, **place, **seen,
            )  # fmt: skip
        for colour, pair in enumerate(pairs):
            of = [(shell, alpha) for own, shell, alpha in shells[number] if own == pair]
            # Of two species the colours are told in the caption.
            seen["showlegend"] = len(pairs) > 1
            plot.add_bar(
                x=[shell for shell, _ in of], y=[alpha for _, alpha in of], name=pair,
                marker_color=COLOURS[colour % len(COLOURS)], row=2, col=2, **seen,
            )  # fmt: skip
        _add_atoms(plot, row["occupations"], places, alloy, number == middle, len(pairs) > 1)
    n_each = len(PANELS) + len(pairs) + len(alloy.sublattices[0])
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
    every = [abs(alpha) for of in shells for _, _, alpha in of]
    plot.update_yaxes(
        title="Warren–Cowley parameter", range=[-max(every), max(every)], row=2, col=2
    )
    plot.update_xaxes(title="shell of neighbours", dtick=1, row=2, col=2)
    plot.update_xaxes(visible=False, row=3, col=1)
    plot.update_yaxes(visible=False, scaleanchor="x5", row=3, col=1)
    plot.update_layout(
        template="none", height=820, margin={"l": 70, "r": 20, "t": 20, "b": 120},
        showlegend=len(pairs) > 1,
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
    is_told: bool,
) -> None:
    numbers, points = places
    species = np.array([int(occupations[number]) for number in numbers])
    colours = (COLOURS[1], GREY, COLOURS[0], *COLOURS[2:])
    for number, (name, colour) in enumerate(zip(alloy.sublattices[0], colours, strict=False)):
        which = species == number
        plot.add_scatter(
            x=points[which, 0], y=points[which, 1], mode="markers", name=name, hoverinfo="name",
            marker={"size": 16, "color": colour}, visible=is_seen, showlegend=is_told,
            row=3, col=1,
        )  # fmt: skip


def _plane(parent: ParentLattice, n_sites: int) -> tuple[list[int], FloatArray]:
    """Sites of the plane of the second and third primitive vector, and places (n, 2) in it.

    Those of the first sublattice that are the first in their primitive cells.
    """
    first = parent.sublattices.index(0)
    n = round((n_sites / len(parent.basis)) ** (1 / 3))
    sites = supercell_sites(parent, n * np.eye(3, dtype=np.int64))
    numbers = np.flatnonzero((sites[:, 0] == first) & (sites[:, 1] == 0))
    along = parent.cell[1] / np.linalg.norm(parent.cell[1])
    across = parent.cell[2] - (parent.cell[2] @ along) * along
    across /= np.linalg.norm(across)
    positions = parent.positions(sites[numbers])
    return numbers.tolist(), np.column_stack([positions @ along, positions @ across])
