"""Values by element, in the shape of the periodic table.

Drawn here: pymatviz would bring IPython, widgets and sixteen other packages for this one plot.
"""

from typing import TYPE_CHECKING

import polars as pl

from analysis.pages.figure import style

if TYPE_CHECKING:
    import plotly.graph_objects as go

PLACES = 'select element, "group", period, block, atomic_number from staging.elements'
"""What `place_elements` needs of the elements."""


def place_elements(elements: pl.DataFrame) -> pl.DataFrame:
    """Column and row of each element in the table; rare earths and actinides stand below it.

    `elements` has element, group, period, block and atomic_number.
    """
    number, period = pl.col("atomic_number"), pl.col("period")
    start = pl.when(period == 6).then(57).otherwise(89)
    is_apart = (pl.col("block") == "f") | number.is_in([57, 71, 89, 103])
    return elements.select(
        "element",
        group=pl.when(is_apart).then(number - start + 4).otherwise(pl.col("group")),
        period=pl.when(is_apart).then(period + 2.5).otherwise(period),
    )


def draw_periodic_table(
    rows: pl.DataFrame, places: pl.DataFrame, title: str, scale: str = "Viridis"
) -> "go.Figure":
    """Draw the `value` of each `element` as a colour, and its `text` under the cursor.

    `rows` have these columns, `places` are those of `place_elements`.
    """
    import plotly.graph_objects as go

    known = places.join(rows, on="element", maintain_order="left")
    plot = go.Figure()
    plot.add_scatter(
        x=known["group"].to_list(), y=known["period"].to_list(), mode="markers+text",
        text=known["element"].to_list(), hovertext=known["text"].to_list(), hoverinfo="text",
        textfont={"size": 12, "color": _readable(known["value"], scale)},
        marker={
            "symbol": "square", "size": 34, "color": known["value"].to_list(), "colorscale": scale,
            "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 12},
            "line": {"width": 1, "color": "#ffffff"},
        },
    )  # fmt: skip
    plot = style(plot, "group", "period", height=470)
    plot.update_layout(meta={"least_width": 680})
    plot.update_xaxes(
        range=[0.3, 18.7], tickvals=list(range(1, 19)), showline=False, ticks="", zeroline=False
    )
    plot.update_yaxes(
        range=[10.2, 0.4], showline=False, ticks="", tickvals=[*range(1, 8), 8.5, 9.5],
        ticktext=["1", "2", "3", "4", "5", "6", "7", "6 f", "7 f"], zeroline=False,
    )  # fmt: skip
    return plot


def _readable(values: pl.Series, scale: str) -> list[str]:
    """White on dark cells, black on light ones, by the luminance of each cell's colour."""
    from plotly.colors import sample_colorscale

    if values.is_empty():
        return []
    low, high = values.min(), values.max()
    shares = ((values - low) / (high - low if high > low else 1.0)).to_list()  # type: ignore[operator]
    cells = sample_colorscale(scale, shares, colortype="tuple")
    return ["#ffffff" if 0.3 * r + 0.59 * g + 0.11 * b < 0.5 else "#000000" for r, g, b in cells]
