"""What figures of all pages share: colours, axes, the query behind each."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Distinct for colour-blind readers (Okabe and Ito 2008, jfly.uni-koeln.de/color)."""
BRIGHT = ("#4796e3", "#f27b35", "#26bf94", "#e39cc4", "#f0b429", "#a5dcf7")
"""The same colours on a dark page."""
INK, GREY, PALE = "#1b1f24", "#888888", "#b5bcc4"
"""Of lines and points without a hue; the page's script turns the first and last in the dark."""

MOST_POINTS = 2000
"""Points of one kind that a figure draws; the query behind it gives all."""
FOREMOST = 0.2
"""Share of them that is kept for what stands out."""


@dataclass(frozen=True)
class Figure:
    """A plot, how to read it, what it shows, and the query that gives its numbers."""

    title: str
    plot: "go.Figure"
    reading: str
    caption: str
    sql: str

    @property
    def json(self) -> str:
        """Traces and layout for the page's script, safe inside a script element."""
        import plotly.io

        return str(plotly.io.to_json(self.plot)).replace("<", "\\u003c")

    @property
    def anchor(self) -> str:
        """The title as the end of a link."""
        return "-".join(re.findall(r"[a-z0-9]+", self.title.lower()))


def set_minus(text: str) -> str:
    """`text` with a true minus before its negative numbers."""
    return re.sub(r"(?<![\w.])-(?=\.?\d)", "−", text)


def style(plot: "go.Figure", x_title: str, y_title: str, height: int = 460) -> "go.Figure":
    """Give a plot its size and axis titles, with their units; the page's script gives colours."""
    plot.update_layout(
        template="none",
        height=height,
        margin={"l": 60, "r": 20, "t": 20, "b": 60},
    )
    plot.update_xaxes(title=x_title, automargin=True, exponentformat="power")
    plot.update_yaxes(title=y_title, automargin=True, exponentformat="power")
    return plot


def thin_out(
    rows: "pl.DataFrame", by: "pl.Expr", what: str, most: int = MOST_POINTS
) -> "tuple[pl.DataFrame, str]":
    """At most so many of `rows`, in their order, and a sentence that says which, if not all.

    A fifth are those where `by`, called `what`, is largest; the rest are spread evenly.
    """
    if rows.height <= most:
        return rows, ""
    import polars as pl

    place = rows.select(by.rank("ordinal", descending=True)).to_series()
    first = place <= int(FOREMOST * most)
    others = rows.with_row_index("row").filter(~first)["row"]
    n_others = most - int(first.sum())
    spread = others.gather([k * others.len() // n_others for k in range(n_others)])
    shown = pl.int_range(rows.height, eager=True).is_in(spread.cast(pl.Int64).implode())
    note = f" {most:,} of {rows.height:,} are drawn: those {what}, and others spread evenly."
    return rows.filter(shown | first), note


def draw_lines(
    rows: "pl.DataFrame", x: str, y: str, by: str, *, mode: str = "lines+markers", **options: Any
) -> "go.Figure":
    """Draw a line of the columns `y` over `x` for each value of the column `by`, in their order."""
    import plotly.graph_objects as go

    plot = go.Figure()
    series = rows[by].unique(maintain_order=True)
    for colour, name in zip(COLOURS, series, strict=False):
        of = rows.filter(rows[by] == name)
        plot.add_scatter(x=of[x], y=of[y], name=name, mode=mode, line={"color": colour}, **options)
    return plot


def mark_unfinished(
    plot: "go.Figure", rows: "pl.DataFrame", by: str, is_unfinished: "pl.Expr"
) -> None:
    """Draw the points of fits that have not converged open, in each line of the column `by`."""
    for trace in plot.data:
        of = rows.filter(rows[by] == trace.name).select(is_unfinished).to_series()
        trace.marker.symbol = ["circle-open" if left else "circle" for left in of]
        trace.marker.size = 9
