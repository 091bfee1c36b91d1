"""Figures of classes: which are taken for which, and what weighs."""

from math import exp

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.axes import describe_in_words
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, style
from warehouse.quoting import quote_text

OF_A_CLASS = 6
"""Descriptors that the figure of weights shows of each class."""
MOST_SHOWN = 12
"""Classes of which it shows some."""


def draw_confusion(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Of the samples of each class, the shares that were called each class."""
    sql = f"""
select label, called_label, n_samples,
    n_samples / sum(n_samples) over (partition by label) as share_of_class
from marts.property_confusions
where dataset = {quote_text(shown.name)} and model = '{shown.model}' and split = '{shown.split}'
order by label, n_samples desc"""
    rows = read_rows(connection, sql)
    names = list(shown.classes)
    shares = [[0.0] * len(names) for _ in names]
    counts = [[0] * len(names) for _ in names]
    for label, called, n, share in rows.iter_rows():
        shares[names.index(label)][names.index(called)] = share
        counts[names.index(label)][names.index(called)] = n
    plot = go.Figure()
    plot.add_heatmap(
        x=names, y=names, z=shares, customdata=counts, colorscale="Blues", zmin=0, zmax=1,
        text=[[f"{100 * share:.0f}" for share in line] for line in shares],
        texttemplate="%{text}" if len(names) <= MOST_SHOWN else "",
        colorbar={"title": "share"},
        hovertemplate="%{y} called %{x}: %{customdata:,}<extra></extra>",
    )  # fmt: skip
    plot = style(plot, "called", shown.label, height=max(380, min(900, 120 + 34 * len(names))))
    plot.update_xaxes(type="category")
    plot.update_yaxes(type="category", autorange="reversed")
    best, worst = _by_recall(names, shares)
    mistaken = rows.filter(pl.col("label") != pl.col("called_label")).sort(
        "share_of_class", descending=True
    )
    most = (
        f" Most often {mistaken['label'][0]} is called {mistaken['called_label'][0]} "
        f"({100 * mistaken['share_of_class'][0]:.0f} %)."
        if mistaken.height
        else ""
    )
    n_samples = int(rows["n_samples"].sum())
    return Figure(
        title=f"Which classes are taken for which: {shown.name}",
        plot=plot,
        reading=f"{best} is called rightly most often, {worst} least.{most}",
        caption=f"{FormulaSplit.label_of(shown.split)}, n = {n_samples:,}: percent of the samples "
        "of a row's class.",
        sql=sql.strip(),
    )


def _by_recall(names: list[str], shares: list[list[float]]) -> tuple[str, str]:
    """The classes of which the largest and the smallest share is called rightly."""
    order = sorted(range(len(names)), key=lambda place: shares[place][place])
    best, worst = (
        f"{names[place]} ({100 * shares[place][place]:.0f} %)" for place in (order[-1], order[0])
    )
    return best, worst


def draw_class_weights(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """The descriptors that speak most for and against each class."""
    sql = f"""
with ranked as (
    select label, descriptor, parameter, effect,
        row_number() over (partition by label order by abs(effect) desc, descriptor) as place
    from marts.property_weights
    where dataset = {quote_text(shown.name)}
)

select label, descriptor, parameter, effect
from ranked
where place <= {OF_A_CLASS if len(shown.classes) > 2 else 5 * OF_A_CLASS}
order by label, place"""
    rows = read_rows(connection, sql)
    names = [name for name in shown.classes if name in set(rows["label"])][:MOST_SHOWN]
    words = [describe_in_words(name) for name in rows["descriptor"]]
    rows = rows.with_columns(descriptor=pl.Series(words, dtype=pl.String))
    drawn = pl.concat([rows.filter(label=name) for name in names]).with_row_index("line")
    plot = go.Figure()
    for place, name in enumerate(names):
        of = drawn.filter(label=name)
        plot.add_bar(
            x=of["effect"], y=of["line"], orientation="h", name=name, showlegend=len(names) > 1,
            marker={"color": COLOURS[place % len(COLOURS)]},
            customdata=of.select("descriptor", "parameter").rows(),
            hovertemplate="%{customdata[0]}: weight %{customdata[1]:.3g}",
        )  # fmt: skip
    plot = style(plot, "effect (logit)", "", height=160 + 18 * drawn.height)
    ticks = {"tickvals": drawn["line"].to_list(), "ticktext": drawn["descriptor"].to_list()}
    plot.update_yaxes(autorange="reversed", **ticks)
    first = rows.filter(label=names[0]).row(0, named=True)
    of_what = f"the odds of {names[0]}"
    if len(names) > 1:
        of_what = f"the probability of {names[0]}, relative to the geometric mean of all classes,"
        if shown.l1_ratio:
            of_what = f"the probability of {names[0]}, relative to a class where its weight is 0,"
    others = "" if len(names) == len(set(rows["label"])) else f" The first {len(names)} classes."
    return Figure(
        title=f"What speaks for each class: {shown.name}",
        plot=plot,
        reading=f"One standard deviation of “{first['descriptor']}” multiplies {of_what} by "
        f"{exp(first['effect']):.2g}. "
        + ("" if shown.l1_ratio else "Weights of several classes add up to 0 over the classes. ")
        + "Descriptors that go together share a weight: one alone is no law.",
        caption="The largest of the fit to all samples; an effect is what one standard deviation "
        f"of the descriptor adds.{others}",
        sql=sql.strip(),
    )
