"""Figures: solvers and scaling of the classifier."""

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.figures.shown import ShownProperty
from analysis.metals.inquiries.tuning import CLEAR, SAMPLE, SOLVED_STRENGTH
from analysis.pages.figure import GREY, Figure, draw_lines, mark_unfinished, style


def draw_solvers(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Gradient left after some iterations of each solver."""
    sql = f"""
select series as solver, setting as iterations, value as gradient
from marts.curves
where {shown.where} and curve = 'solver' and metric = 'gradient'
order by all"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = draw_lines(rows, "iterations", "gradient", "solver")
    plot = style(plot, "iterations", "largest gradient of the mean loss", height=440)
    plot.update_xaxes(type="log", dtick=1)
    plot.update_yaxes(type="log", dtick=2)
    mark_unfinished(plot, rows, "solver", pl.col("gradient") > CLEAR)
    plot.add_hline(y=CLEAR, line={"dash": "dot", "color": GREY, "width": 1.5})
    plot.add_annotation(
        x=1, xref="paper", xanchor="right", y=np.log10(CLEAR), yanchor="top",
        text="where the product's fits end", showarrow=False,
    )  # fmt: skip
    last = rows.filter(pl.col("iterations") == pl.col("iterations").max())
    late = last.filter(pl.col("gradient") > CLEAR)["solver"].to_list()
    n_iterations = int(last["iterations"][0])
    return Figure(
        title="Solvers: one minimum, different ways down",
        plot=plot,
        reading="The loss is convex and has one minimum; what differs is the way there, and "
        "whether a solver arrives. Open points have not. "
        + (f"After {n_iterations} iterations {', '.join(late)} " if late else "None ")
        + "have a gradient above the dotted line; liblinear never falls below it, for it penalises "
        "the intercept too and so has another minimum, and saga and sag creep: scikit-learn slows "
        "their intercept down a hundredfold for sparse data. The product uses Newton's method and "
        "checks the gradient itself. newton-cholesky is left out: its matrix would have a row per "
        "descriptor.",
        caption=f"{shown.data}; "
        f"{SAMPLE:,} materials at most, C = {SOLVED_STRENGTH:g}. An "
        "iteration of a Newton method costs many of lbfgs, saga or sag.",
        sql=sql.strip(),
    )


def draw_scaling(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Held-out log loss if every descriptor is first divided by its standard deviation."""
    sql = f"""
select series, setting as strength, value as log_loss
from marts.curves
where {shown.where} and curve = 'scaling' and metric = 'log_loss'
order by all"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = draw_lines(rows, "strength", "log_loss", "series")
    plot = style(plot, "C, the inverse strength of L2", "log loss (nat)", height=380)
    plot.update_xaxes(type="log", dtick=1)
    best = {name: _read_best(rows.filter(series=name)) for name in ("scaled", "not scaled")}
    return Figure(
        title="Scaling decides whom the penalty hits",
        plot=plot,
        reading="Divided by its standard deviation, a rare descriptor becomes a large number and "
        "escapes the penalty; as it is, 0 or 1, it must earn its coefficient. The lowest loss is "
        f"{best['scaled']} scaled and {best['not scaled']} as it is. The product scales nothing.",
        caption=f"{shown.data}; {SAMPLE:,} materials at most, held-out fifth as above.",
        sql=sql.strip(),
    )


def _read_best(rows: pl.DataFrame) -> str:
    """The lowest loss of a curve over C, and whether the curve was still falling there."""
    best = rows.sort("log_loss").row(0, named=True)
    edge = best["strength"] in (rows["strength"].min(), rows["strength"].max())
    words = ", the end of the curve" if edge else ""
    return f"{best['log_loss']:.3f} nat (C = {best['strength']:g}{words})"
