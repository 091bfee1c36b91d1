"""Isothermal sections of three elements: which phases stand side by side at a temperature."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS, GREY, PALE, Figure
from analysis.pages.phase_names import read_phase_names
from warehouse.conventions.alloys import Alloy

Place = tuple[float, ...]
"""The share of each end member."""

SQL = """
with shown as (
    -- Of several diagrams that of the finest grid.
    select series
    from marts.isothermal_sections
    where alloy = '{alloy}' and draw is null
    group by series
    order by count(distinct concentrations) desc, series
    limit 1
)

select
    sections.temperature, sections.concentrations[1] as first, sections.concentrations[2] as second,
    sections.concentrations[3] as third, sections.phase, sections.is_stable, sections.n_phases,
    1000 * sections.energy_above_hull as above_hull, chains.n_sites
from marts.isothermal_sections as sections
inner join (select distinct run_id, n_sites from staging.simulations) as chains using (run_id)
where alloy = '{alloy}' and draw is null and series in (select series from shown)
order by temperature, first, second"""
FACETS = """
select temperature, phase_numbers, compositions
from staging.phase_facets
where draw is null and list_max(phase_numbers) > 0 and run_id in (
    select run_id from marts.isothermal_sections where alloy = '{alloy}' and draw is null
    group by run_id, series order by count(distinct concentrations) desc, series limit 1
)
order by temperature, facet_index"""
N_TRACES = 5
"""Of each temperature: three phases, two phases, solution, ordered, nothing alone."""


def draw_sections(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """A triangle for each temperature under one slider; None of other alloys, or without a run."""
    if len(alloy.end_members) != 3 or len(alloy.sublattices[0]) != 3:
        return None
    sql = SQL.format(alloy=alloy)
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    facets = read_rows(connection, FACETS.format(alloy=alloy))
    names = read_phase_names(connection, alloy, {*rows["phase"]} - {"solution"})
    temperatures = rows["temperature"].unique().sort().to_list()
    plot, middle = go.Figure(), len(temperatures) // 3
    for number, temperature in enumerate(temperatures):
        here = rows.filter(temperature=temperature)
        for trace in _list_traces(here, facets.filter(temperature=temperature), names):
            plot.add_scatterternary(visible=number == middle, **trace)
    steps = [
        {
            "label": f"{temperature:.0f}",
            "method": "restyle",
            "args": [
                "visible",
                [place // N_TRACES == number for place in range(N_TRACES * len(temperatures))],
            ],
        }
        for number, temperature in enumerate(temperatures)
    ]
    corners = dict(zip("bca", alloy.sublattices[0], strict=True))
    titles = {f"{corner}axis": {"title": {"text": name}} for corner, name in corners.items()}
    plot.update_layout(
        template="none", height=640, ternary={"sum": 1, **titles},
        legend={"orientation": "h", "y": 1.12}, margin={"l": 40, "r": 40, "t": 60, "b": 120},
        sliders=[
            {"active": middle, "steps": steps, "currentvalue": {"suffix": " K"}, "y": 0}
        ],
    )  # fmt: skip
    n_compositions = rows.select("first", "second").n_unique()
    return Figure(
        "Which phases stand side by side",
        plot,
        "Move the temperature. Where there is a dot the alloy is one solution; along a line it is "
        "the two phases at its ends, in a coloured triangle the three at its corners. The hotter, "
        "the more of the triangle is one solution.",
        f"{alloy.label}, {rows['n_sites'][0]:,} sites: the convex hull of free energies at "
        f"{n_compositions} compositions, each simulated for itself. Ordered phases are simulated "
        "at their own composition alone: how much more or less of an element they take is not "
        "seen, nor is what is narrower than a step of the grid.",
        sql.strip(),
    )


def _list_traces(
    points: pl.DataFrame, facets: pl.DataFrame, names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """What is drawn at one temperature, in `N_TRACES` parts."""
    triples: list[Place | None] = []
    lines: dict[tuple[Place, Place], None] = {}
    for numbers, shares in facets.select("phase_numbers", "compositions").iter_rows():
        vertices = [tuple(share) for share in shares]
        if max(numbers) == 2:
            triples += [*vertices, vertices[0], None]
        for one, other in combinations(range(len(vertices)), 2):
            if numbers[one] != numbers[other]:
                lines[tuple(sorted((vertices[one], vertices[other])))] = None  # type: ignore[index]
    yield {
        **_corners(triples), "mode": "lines", "fill": "toself", "opacity": 0.35,
        "line": {"color": COLOURS[4], "width": 1}, "name": "three phases", "hoverinfo": "skip",
    }  # fmt: skip
    yield {
        **_corners([place for line in lines for place in (*line, None)]), "mode": "lines",
        "line": {"color": PALE, "width": 1.5}, "name": "two phases", "hoverinfo": "skip",
    }  # fmt: skip
    is_solution = pl.col("phase") == "solution"
    for name, rows, marker in (
        ("one solution", points.filter(is_solution & pl.col("is_stable")), {"color": COLOURS[0]}),
        (
            "an ordered phase",
            points.filter(~is_solution & pl.col("is_stable")),
            {"color": COLOURS[1], "symbol": "diamond", "size": 12},
        ),
        (
            "falls apart",
            points.filter(~pl.col("is_stable")),
            {"color": GREY, "size": 4, "symbol": "circle-open"},
        ),
    ):
        yield {
            **_corners(rows.select("first", "second", "third").rows()),
            "mode": "markers", "name": name, "marker": marker,
            "text": [names.get(phase, phase) for phase in rows["phase"]],
            "customdata": rows["above_hull"].to_list(),
            "hovertemplate": "%{text}: %{customdata:.2f} meV/atom above the hull<extra></extra>",
        }  # fmt: skip


def _corners(places: Sequence[Place | None]) -> dict[str, list[float | None]]:
    """Places on a triangle as plotly takes them; None parts lines."""
    return {
        corner: [place[member] if place else None for place in places]
        for corner, member in zip("bca", range(3), strict=True)
    }
