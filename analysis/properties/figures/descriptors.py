"""Figures: what each set of descriptors adds, and the weights of descriptors."""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.figures.axes import describe_in_words
from analysis.linear_models.figures.ladder import draw_ladder
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, style
from analysis.properties.inquiries.ladder import list_rungs

SHOWN = 30
"""Descriptors of the picture of weights."""


def draw_own_ladder(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Score of each rung, of further sets of descriptors too."""
    return draw_ladder(connection, shown, list_rungs(shown.sets))


def draw_weights(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """The descriptors whose weights move predictions most, as they vary in the data."""
    sql = f"""
select descriptor, parameter, effect
from marts.property_weights
where dataset = '{shown.name}'
order by abs(effect) desc, descriptor
limit {SHOWN}"""
    rows = read_rows(connection, sql)
    words = [describe_in_words(name) for name in rows["descriptor"]]
    rows = rows.with_columns(descriptor=pl.Series(words, dtype=pl.String))
    plot = go.Figure()
    plot.add_bar(
        x=rows["effect"], y=rows["descriptor"], orientation="h", showlegend=False,
        marker={"color": COLOURS[0]}, customdata=rows["parameter"],
        hovertemplate="%{y}: weight %{customdata:.3g}<extra></extra>",
    )  # fmt: skip
    unit = f" ({shown.unit})" if shown.unit != "1" else ""
    plot = style(plot, f"effect{unit}", "", height=640)
    plot.update_yaxes(autorange="reversed")
    raising = rows.filter(rows["effect"] > 0)["descriptor"].head(3)
    lowering = rows.filter(rows["effect"] < 0)["descriptor"].head(3)
    return Figure(
        title=f"What the weights say: {shown.name}",
        plot=plot,
        reading=f"Most raise it: {', '.join(raising) or 'none'}. Most lower it: "
        f"{', '.join(lowering) or 'none'}. Descriptors that go together share a weight: one alone "
        "is no law. Magpie's averages are close relatives of each other.",
        caption=f"The {SHOWN} largest of the fit to all samples; an effect is what one standard "
        "deviation of the descriptor adds.",
        sql=sql.strip(),
    )
