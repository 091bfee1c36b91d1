"""Figure: what the threshold of a probability does, of two classes."""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.figures.sweeps import INSIDE
from analysis.linear_models.inquiries.thresholds import PLAIN, WEIGHED
from analysis.pages.figure import COLOURS, Figure, style

SERIES = {PLAIN: "no weights", WEIGHED: "weighed alike"}
METRICS = {Metric.BALANCED_ACCURACY: "solid", Metric.F1: "dot"}
"""Scores that are drawn, and their lines."""


def draw_thresholds(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Scores of labels as the threshold moves, with and without class weights; None if unknown."""
    names = ", ".join(f"'{metric}'" for metric in METRICS)
    sql = f"""
select series, metric, setting as threshold, value, standard_error, n
from marts.curves
where {shown.where} and curve = 'threshold' and metric in ({names})
order by series desc, metric, threshold"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for colour, (series, words) in zip(COLOURS, SERIES.items(), strict=False):
        for metric, dash in METRICS.items():
            of = rows.filter(series=series, metric=str(metric))
            plot.add_scatter(
                x=of["threshold"], y=of["value"], mode="lines", name=f"{metric.label}, {words}",
                line={"color": colour, "dash": dash},
                hovertemplate="%{x:.2f}: %{y:.4f}",
            )  # fmt: skip
    axis = f"threshold of the probability of {shown.classes[1]}"
    plot = style(plot, axis, "score of held-out samples", height=420)
    n = int(rows["n"][0])
    told = " ".join(_tell(rows.filter(metric=str(metric)), metric) for metric in METRICS)
    return Figure(
        title=shown.title("Threshold and class weights move the same lever"),
        plot=plot,
        reading=f"{told} Class weights shift the logit by about the logarithm of the ratio of the "
        "classes, which is what a threshold does. The ranking, ROC AUC, does not depend on the "
        "threshold at all. What a wrong call costs is for you to say: the product takes one half.",
        caption=shown.caption(
            f"{INSIDE} (n = {n:,}); probabilities are not calibrated. F1 is of {shown.classes[1]}. "
            "The best of many thresholds is a little better here than on new samples."
        ),
        sql=sql.strip(),
    )


def _tell(rows: pl.DataFrame, metric: Metric) -> str:
    """The score at one half, the best of all, and how well either is known."""
    half = rows.filter((pl.col("threshold") == 0.5) & (pl.col("series") == PLAIN))["value"].item()
    best = rows.sort("value", "threshold", "series").row(-1, named=True)
    told = f"{metric.label[0].upper()}{metric.label[1:]} is {half:.4f} at one half without weights"
    where = f"at {best['threshold']:g}, {SERIES[best['series']]}"
    told = f"{told}, and at most {best['value']:.4f} ({where})"
    if (error := best["standard_error"]) is None:
        return f"{told}."
    return f"{told}, either known to about {error:.1g}."
