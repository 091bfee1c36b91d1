"""Figures: what each hyperparameter of the classifier changes."""

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.metals.inquiries.tuning import CLEAR, SAMPLE, SOLVED_STRENGTH
from analysis.metals.labels import MaterialSet
from analysis.pages.figure import GREY, Figure, draw_lines, mark_unfinished, style


def draw_strength(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Log loss on training and validation materials as C grows."""
    sql = f"""
select part, 1 / setting as strength, value as log_loss, n
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'strength' and metric = 'log_loss'
order by all"""
    rows = read_rows(connection, sql)
    best = rows.filter(part="validation").sort("log_loss").row(0, named=True)
    plot = draw_lines(rows, "strength", "log_loss", "part")
    plot = style(plot, "C, the inverse strength of L2", "log loss (nat)", height=400)
    plot.update_xaxes(type="log", dtick=1)
    return Figure(
        title="Strength: too weak learns by heart, too strong learns nothing",
        plot=plot,
        reading=f"The training loss falls as C grows; the loss on held-out materials is least, "
        f"{best['log_loss']:.3f} nat, at C = {best['strength']:g}, and rises beyond, while the "
        "training loss still falls: what is learned there does not carry over to other formulas. "
        "C is 1/λ, if λ is the factor of half the sum of squared coefficients.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        "training part of official fold 0, a fifth of it held out, "
        f"n = {best['n']:,}.",
        sql=sql.strip(),
    )


def draw_penalty(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Held-out log loss against the number of descriptors that L1, L2 and mixtures leave."""
    sql = f"""
select series, 1 / setting as strength,
    max(case when metric = 'log_loss' then value end) as log_loss,
    max(case when metric = 'n_descriptors' then value end) as n_descriptors,
    max(case when metric = 'is_unfinished' then value end) as is_unfinished
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'penalty'
group by all
order by all"""
    rows = read_rows(connection, sql)
    plot = draw_lines(
        rows, "n_descriptors", "log_loss", "series",
        hovertemplate="%{x:,} descriptors, %{y:.3f} nat",
    )  # fmt: skip
    plot = style(plot, "descriptors with a coefficient other than 0", "log loss (nat)", height=400)
    plot.update_xaxes(type="log", dtick=1)
    mark_unfinished(plot, rows, "series", pl.col("is_unfinished") > 0)
    n_open = rows.filter(pl.col("is_unfinished") > 0).height
    sparse = rows.filter(series="L1 share 1").sort("log_loss").row(0, named=True)
    dense = rows.filter(series="L1 share 0").sort("log_loss").row(0, named=True)
    mixed = rows.filter(series="L1 share 0.5").sort("log_loss").row(0, named=True)
    return Figure(
        title="L1, L2 and mixtures: how many descriptors are needed?",
        plot=plot,
        reading=f"L1 at its best keeps {sparse['n_descriptors']:,.0f} descriptors at "
        f"{sparse['log_loss']:.3f} nat, L2 all {dense['n_descriptors']:,.0f} at "
        f"{dense['log_loss']:.3f} nat; half of each keeps {mixed['n_descriptors']:,.0f} at "
        f"{mixed['log_loss']:.3f} nat. L1 pulls at every coefficient alike, so that small ones end "
        "at 0; L2 pulls large ones harder, and none ends there. The product keeps L2.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        f"fits to {SAMPLE:,} materials at most of the training part of "
        "official fold 0, scored on its held-out fifth. Each point is one C; "
        + (
            f"{n_open} open ones ended before they were good enough."
            if n_open
            else "all have converged."
        ),
        sql=sql.strip(),
    )


def draw_solvers(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Gradient left after some iterations of each solver."""
    sql = f"""
select series as solver, setting as iterations, value as gradient
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'solver' and metric = 'gradient'
order by all"""
    rows = read_rows(connection, sql)
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
        caption=f"{MaterialSet.label_of(benchmark)}; "
        f"{SAMPLE:,} materials at most, C = {SOLVED_STRENGTH:g}. An "
        "iteration of a Newton method costs many of lbfgs, saga or sag.",
        sql=sql.strip(),
    )


def draw_thresholds(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Balanced accuracy as the decision threshold moves, with and without class weights."""
    sql = f"""
select series, setting as threshold, value as balanced_accuracy, n
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'threshold'
    and metric = 'balanced_accuracy'
order by all"""
    rows = read_rows(connection, sql)
    plot = draw_lines(rows, "threshold", "balanced_accuracy", "series", mode="lines")
    best = rows.sort("balanced_accuracy").row(-1, named=True)
    half = rows.filter((pl.col("threshold") == 0.5) & (pl.col("series") == "no weights"))
    return Figure(
        title="Threshold and class weights move the same lever",
        plot=style(plot, "threshold (probability)", "balanced accuracy", height=400),
        reading=f"At one half without weights it is {half['balanced_accuracy'].item():.4f}; the "
        f"best of all is {best['balanced_accuracy']:.4f}, and either is known to about "
        f"{np.sqrt(best['balanced_accuracy'] * (1 - best['balanced_accuracy']) / best['n']):.4f}. "
        "Class weights shift the logit by about the logarithm of the ratio of the classes, which "
        "is what a threshold does. The ranking, ROC AUC, does not depend on the threshold at all.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        "held-out fifth of the training part of official fold 0, "
        f"n = {best['n']:,}.",
        sql=sql.strip(),
    )


def draw_scaling(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Held-out log loss if every descriptor is first divided by its standard deviation."""
    sql = f"""
select series, setting as strength, value as log_loss
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'scaling' and metric = 'log_loss'
order by all"""
    rows = read_rows(connection, sql)
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
        caption=f"{MaterialSet.label_of(benchmark)}; "
        f"{SAMPLE:,} materials at most, held-out fifth as above.",
        sql=sql.strip(),
    )


def _read_best(rows: pl.DataFrame) -> str:
    """The lowest loss of a curve over C, and whether the curve was still falling there."""
    best = rows.sort("log_loss").row(0, named=True)
    edge = best["strength"] in (rows["strength"].min(), rows["strength"].max())
    words = ", the end of the curve" if edge else ""
    return f"{best['log_loss']:.3f} nat (C = {best['strength']:g}{words})"
