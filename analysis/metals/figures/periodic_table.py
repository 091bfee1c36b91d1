"""Figures: values by element, in the shape of the periodic table.

Drawn here: pymatviz would bring IPython, widgets and sixteen other packages for this one plot.
"""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.metals.labels import MaterialSet
from analysis.pages.figure import Figure, style


def draw_periodic_table(
    connection: duckdb.DuckDBPyConnection, sql: str, words: tuple[str, str, str], n_name: str = "n"
) -> go.Figure:
    """Heat map in the shape of the periodic table of `value` by element; f block below."""
    rows = read_rows(connection, sql)
    places = read_rows(
        connection, 'select element, atomic_number, "group", period, block from staging.elements'
    )
    rows = rows.join(places, on="element")
    number = pl.col("atomic_number")
    first = pl.when(pl.col("period") == 6).then(57).otherwise(89)
    rows = rows.with_columns(
        x=pl.when(pl.col("block") == "f").then(number - first + 3).otherwise("group"),
        y=pl.when(pl.col("block") == "f").then(pl.col("period") + 2.5).otherwise("period"),
    )
    what, unit_format, scale = words
    plot = go.Figure(
        go.Scatter(
            x=rows["x"], y=rows["y"], mode="markers+text", text=rows["element"],
            textfont={"size": 12, "color": _readable(rows["value"], scale)},
            customdata=np.column_stack([rows["value"], rows[n_name]]),
            marker={
                "symbol": "square", "size": 34, "color": rows["value"], "colorscale": scale,
                "colorbar": {"title": what, "thickness": 12},
                "line": {"width": 1, "color": "#ffffff"},
            },
            hovertemplate="%{text}: %{customdata[0]:" + unit_format + "}"
            "<br>n = %{customdata[1]:,.0f}<extra></extra>",
        )
    )  # fmt: skip
    plot = style(plot, "group", "period", height=470)
    plot.update_layout(meta={"least_width": 680})
    plot.update_xaxes(range=[0.3, 18.7], dtick=1, showline=False, ticks="")
    plot.update_yaxes(
        range=[10.2, 0.4], showline=False, ticks="", tickvals=[*range(1, 8), 8.5, 9.5],
        ticktext=["1", "2", "3", "4", "5", "6", "7", "6 f", "7 f"],
    )  # fmt: skip
    return plot


def _readable(values: pl.Series, scale: str) -> list[str]:
    """White on dark cells, black on light ones, by the luminance of each cell's colour."""
    from plotly.colors import sample_colorscale

    low, high = values.min(), values.max()
    shares = ((values - low) / (high - low if high > low else 1.0)).to_list()  # type: ignore[operator]
    cells = sample_colorscale(scale, shares, colortype="tuple")
    return ["#ffffff" if 0.3 * r + 0.59 * g + 0.11 * b < 0.5 else "#000000" for r, g, b in cells]


def draw_metal_share(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Share of metals among the materials that contain each element."""
    sql = f"""
with entries as (
    select unnest(elements) as element, is_metal
    from marts.metal_training
    where dataset = '{benchmark}'
)
select element, avg(cast(is_metal as integer)) as value, count(*) as n
from entries
group by element
having count(*) >= 10
order by value, element"""
    rows = read_rows(connection, sql)
    low, high = rows.row(0, named=True), rows.row(-1, named=True)
    return Figure(
        title="How often is a material with this element a metal?",
        plot=draw_periodic_table(connection, sql, ("share", ".1%", "RdBu")),
        reading=f"From {low['value']:.0%} of the materials with {low['element']} to "
        f"{high['value']:.0%} of those with {high['element']}. A share tells what company an "
        "element keeps as much as what it does: one mostly met in oxides has a low share, whatever "
        "it would be alone.",
        caption=f"{MaterialSet.label_of(benchmark)}; elements in at least 10 materials.",
        sql=sql.strip(),
    )
