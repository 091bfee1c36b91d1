"""Figure: which classes are taken for which."""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import Figure, style
from warehouse.quoting import quote_text

MOST_SHOWN = 12
"""Classes of which the shares are written."""


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
