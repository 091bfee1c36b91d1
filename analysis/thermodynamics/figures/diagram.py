"""The phase diagram: where phases end, how sure the model is of it, and what was measured."""

from dataclasses import dataclass

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS, GREY, INK, Figure, style
from analysis.pages.phase_names import read_phase_names
from warehouse.conventions.alloys import Alloy

SQL = """
with shown as (
    -- Of several diagrams of the fit the one of the largest crystal, at the most temperatures.
    select series
    from marts.phase_boundaries
    where alloy = '{alloy}' and draw is null
    group by series, n_sites
    order by n_sites desc, count(distinct temperature) desc, series
    limit 1
)

select
    draw, temperature, left_phase, right_phase, left_concentration, right_concentration, n_sites
from marts.phase_boundaries
where alloy = '{alloy}' and (draw is not null or series in (select series from shown))
order by draw nulls first, left_phase, right_phase, temperature"""


@dataclass(frozen=True)
class KnownTransition:
    """A transition temperature in K that others give: `decoration_id`, share, and who."""

    decoration_id: str
    concentration: float
    temperature: float
    who: str
    is_measured: bool


FEWEST_DRAWS = 10
"""Draws with a boundary that a band of them needs."""
ASSESSED = "assessed (Okamoto et al. 1987)"
HAYES = "solubility, assessed (Hayes et al. 1986)"
OZOLINS = "LDA expansion (Ozoliņš et al. 1998)"
KNOWN = {
    "au-cu": (
        KnownTransition("fcc-2-0-2-1-1-1:7", 0.75, 663.0, ASSESSED, True),
        KnownTransition("fcc-1-0-2-0-1-1:1", 0.5, 683.0, ASSESSED, True),
        KnownTransition("fcc-1-0-2-0-1-1:1", 0.5, 658.0, f"{ASSESSED}: CuAu I to II", True),
        KnownTransition("fcc-2-0-2-1-1-1:1", 0.25, 513.0, ASSESSED, True),
        KnownTransition("fcc-2-0-2-1-1-1:7", 0.75, 530.0, OZOLINS, False),
        KnownTransition("fcc-1-0-2-0-1-1:1", 0.5, 660.0, OZOLINS, False),
    ),
    "ag-cu": tuple(
        KnownTransition("", share, temperature, HAYES, True)
        for temperature, *shares in (
            (700.0, 0.016, 0.997),
            (800.0, 0.034, 0.991),
            (900.0, 0.063, 0.982),
            (1000.0, 0.104, 0.966),
            (1052.0, 0.133, 0.955),
        )
        for share in shares
    ),
}
"""Assessed: Okamoto, Chakrabarti, Laughlin and Massalski, The Au-Cu System (1987,
10.1007/BF02893155): 390, 410, 385 and 240 degrees Celsius. Calculated: Ozoliņš, Wolverton and
Zunger (1998, 10.1103/PhysRevB.57.6427). Solubilities, up to the eutectic: common tangents of the
assessment by Hayes, Lukas, Effenberg and Petzow (Z. Metallkd. 77, 749, 1986) as NIST has it, whose
excess free energy is x (1 - x) (36061.88 - 10.44288 T - 4310.12 (1 - 2x)) J/mol; its solubilities
at 779.1 degrees Celsius are 8.27 % of the mass copper in silver and 7.47 % silver in copper
(metallurgy.nist.gov/phase/solder/agcu.html)."""


def draw_diagram(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Boundaries of the fit as lines, of each draw as faint ones; None without a run."""
    import plotly.graph_objects as go

    sql = SQL.format(alloy=alloy)
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    n_draws = rows["draw"].drop_nulls().n_unique()
    phases = {*rows["left_phase"], *rows["right_phase"]}
    names = read_phase_names(connection, alloy, phases)
    ends = pl.concat(
        rows.select(
            "draw", "temperature",
            pair=pl.concat_str(
                pl.col("left_phase", "right_phase").replace(names), separator=" | "
            ),
            x=f"{side}_concentration", side=pl.lit(side),
        )
        for side in ("left", "right")
    )  # fmt: skip
    of_draws = ends.filter(pl.col("draw").is_not_null())
    if of_draws.height:
        plot.add_scatter(
            x=of_draws["x"], y=of_draws["temperature"], mode="markers", hoverinfo="skip",
            name=f"{n_draws} draws of the parameters", opacity=0.6,
            marker={"color": GREY, "size": 4},
        )  # fmt: skip
    fit = ends.filter(pl.col("draw").is_null())
    bands = find_bands(of_draws)
    for place, ((pair,), of) in enumerate(fit.group_by("pair", maintain_order=True)):
        for (_,), band in bands.filter(pair=pair).group_by("side", maintain_order=True):
            plot.add_scatter(
                x=[*band["low"], *band["high"].reverse()],
                y=[*band["temperature"], *band["temperature"].reverse()],
                mode="lines", line={"width": 0}, fill="toself", opacity=0.3, hoverinfo="skip",
                fillcolor=COLOURS[place % len(COLOURS)], legendgroup=str(pair), showlegend=False,
            )  # fmt: skip
        for number, ((_,), edge) in enumerate(of.group_by("side", maintain_order=True)):
            plot.add_scatter(
                x=edge["x"], y=edge["temperature"], mode="lines+markers", name=str(pair),
                legendgroup=str(pair), showlegend=not number,
                line={"color": COLOURS[place % len(COLOURS)]},
            )  # fmt: skip
    for is_measured, symbol in ((True, "star"), (False, "diamond-open")):
        known = [one for one in KNOWN.get(alloy.name, ()) if one.is_measured == is_measured]
        if known:
            plot.add_scatter(
                x=[one.concentration for one in known], y=[one.temperature for one in known],
                text=[one.who for one in known], mode="markers",
                name="assessed from measurements" if is_measured else "another expansion",
                marker={"symbol": symbol, "size": 12, "color": INK},
            )  # fmt: skip
    style(plot, f"share of {alloy.second}", "temperature (K)", height=560)
    plot.update_xaxes(range=[0, 1])
    return Figure(
        "Which phases there are",
        plot,
        "Between the two lines of a colour both phases stand side by side; outside, one alone. "
        + ("Grey: the same by other parameters that fit the data as well. " if n_draws else "")
        + ("Bands: where nine tenths of those lie that have this boundary." if len(bands) else ""),
        f"{alloy.label}, {rows['n_sites'][0]:,} sites: common tangents of the free energies, from "
        "simulations at fixed chemical potentials. Phases that do not fit this crystal, and what "
        "is narrower than a step of temperature or potential, are not seen.",
        sql.strip(),
    )


def find_bands(of_draws: pl.DataFrame) -> pl.DataFrame:
    """Where nine tenths of the draws end a phase: pair, side, temperature, `low` and `high` share.

    `of_draws` has pair, side, temperature and x. Of the draws that have this boundary at that
    temperature, ten at least: fewer tell no tenths.
    """
    ends = of_draws.group_by("pair", "side", "temperature").agg(
        low=pl.col("x").quantile(0.05, "linear"),
        high=pl.col("x").quantile(0.95, "linear"),
        n=pl.len(),
    )
    return ends.filter(pl.col("n") >= FEWEST_DRAWS).sort("pair", "side", "temperature")
