"""Figures: what each set of descriptors adds, and the weights of the elements."""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.axes import describe_in_words
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, style

SHOWN = 30
"""Descriptors of the picture of weights."""


def draw_rungs(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Error of each rung on the test folds, from few sets of descriptors to all."""
    sql = f"""
select series as rung, setting as fold, value as error, standard_error, n
from marts.curves
where study = 'property' and dataset = '{shown.name}' and curve = 'ladder'
    and metric = '{shown.metric}'
order by error desc, rung, fold"""
    rows = read_rows(connection, sql)
    means = (
        rows.group_by("rung", maintain_order=True)
        .agg(pl.col("error").mean(), pl.col("n").sum())
        .sort("error", descending=True)
    )
    plot = go.Figure()
    plot.add_scatter(
        x=rows["error"], y=rows["rung"], mode="markers", showlegend=False,
        marker={"size": 10, "color": COLOURS[0], "opacity": 0.75},
        error_x={"array": rows["standard_error"]}, customdata=rows["fold"],
        hovertemplate="fold %{customdata}: %{x:.3g}<extra></extra>",
    )  # fmt: skip
    plot = style(plot, shown.loss_axis, "", height=400)
    plot.update_yaxes(categoryorder="array", categoryarray=means["rung"].to_list()[::-1])
    worst, best = means.row(0, named=True), means.row(-1, named=True)
    return Figure(
        title=f"Which descriptors help: {shown.name}",
        plot=plot,
        reading=f"From “{worst['rung']}” to “{best['rung']}” the {shown.loss_name} falls "
        f"from {worst['error']:.3g} to {best['error']:.3g}{shown.suffix} (n = {best['n']:,}).",
        caption=f"{FormulaSplit.label_of(shown.split)}: one dot per fold that was tried; bars are "
        "standard errors over its samples. Each rung chooses its own strength.",
        sql=sql.strip(),
    )


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
