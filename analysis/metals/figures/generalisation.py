"""Figures: how far the scores carry: harder splits, calibration, fewer materials, new elements."""

from typing import Any

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.inquiries.elements import LEAST_TESTED
from analysis.metals.benchmarks import transfer_of
from analysis.metals.figures.formulas import display_formula
from analysis.metals.figures.periodic_table import draw_periodic_table
from analysis.metals.labels import MaterialSet
from analysis.pages.figure import COLOURS, GREY, Figure, draw_lines, style

QUESTIONS = {
    "official_folds": "on the official folds, where another polymorph of a formula may stand in "
    "training",
    "formula_groups": "when formulas stay together",
    "chemical_system_groups": "when no set of elements is on both sides",
    "experiment": "if the test materials were measured and the training materials calculated",
    "calculation": "if the test materials were calculated and the training materials measured",
}
"""What each split asks."""


def draw_splits(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """ROC curves of the splits: the same classifier, asked ever harder questions."""
    sql = f"""
select split, is_metal, metal_probability
from marts.metal_predictions
where dataset = '{benchmark}' and is_selected
order by split, metal_probability, is_metal"""
    from sklearn.metrics import roc_auc_score, roc_curve

    rows = read_rows(connection, sql)
    plot = go.Figure()
    areas = {}
    there = [split for split in FormulaSplit if split in rows["split"]]
    for colour, split in zip(COLOURS, there, strict=False):
        part = rows.filter(split=split)
        target, probability = part["is_metal"].to_numpy(), part["metal_probability"].to_numpy()
        false_positive, true_positive, threshold = roc_curve(target, probability)
        keep = np.unique(np.linspace(0, len(threshold) - 1, 300).astype(int))
        areas[split] = roc_auc_score(target, probability)
        plot.add_scatter(
            x=false_positive[keep], y=true_positive[keep], mode="lines",
            name=f"{split.label}, AUC {areas[split]:.4f}", line={"color": colour, "width": 2},
            customdata=np.minimum(threshold[keep], 1.0),
            hovertemplate="threshold %{customdata:.2f}<br>%{y:.1%} of metals found"
            "<br>%{x:.1%} of non-metals called metals<extra></extra>",
        )  # fmt: skip
    return Figure(
        title="The same classifier, asked ever harder questions",
        plot=style(plot, "non-metals called metals (share)", "metals found (share)"),
        reading="Drawn at random, a metal gets a higher probability than a non-metal in "
        + "; in ".join(f"{area:.1%} of cases {QUESTIONS[split]}" for split, area in areas.items())
        + ".",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        "out-of-fold probabilities, all folds together.",
        sql=sql.strip(),
    )


def draw_reliability(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Share of metals against the probability that was told, before and after calibration."""
    sql = f"""
select
    model, split,
    least(floor(metal_probability * 20), 19) / 20 as bin,
    count(*) as n,
    avg(metal_probability) as told,
    avg(cast(is_metal as integer)) as found,
    sum((metal_probability - cast(is_metal as integer)) ** 2) as squares
from marts.metal_predictions
where dataset = '{benchmark}'
    and split in ('official_folds', 'chemical_system_groups', '{transfer_of(benchmark)}')
group by all
order by all"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    plot.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": GREY, "width": 1, "dash": "dot"},
    )  # fmt: skip
    said = []
    for colour, (model, split) in zip(
        COLOURS,
        [(m, s) for s in ("official_folds", "chemical_system_groups", transfer_of(benchmark))
         for m in ("logistic_regression", "calibrated")],
        strict=False,
    ):  # fmt: skip
        part = rows.filter(model=model, split=split)
        if part.is_empty():
            continue
        weights = part["n"].to_numpy() / part["n"].sum()
        error = weights @ np.abs(part["told"].to_numpy() - part["found"].to_numpy())
        brier = part["squares"].to_numpy().sum() / part["n"].sum()
        when = "after" if model == "calibrated" else "before"
        name = f"{FormulaSplit.label_of(split)}, {when} calibration"
        said.append(f"{name}: ECE {error:.4f}, Brier {brier:.4f}")
        plot.add_scatter(
            x=part["told"], y=part["found"], mode="lines+markers", name=name,
            line={"color": colour}, customdata=part["n"],
            hovertemplate="told %{x:.1%}, found %{y:.1%}<br>n = %{customdata:,}<extra></extra>",
        )  # fmt: skip
    return Figure(
        title="Does 80 % mean 80 %?",
        plot=style(plot, "probability told", "share of metals found", height=520),
        reading="On the dotted line the probabilities are true. "
        + "; ".join(said)
        + ". A logistic "
        "regression is calibrated on its own kind of data, so that calibration mends little there, "
        "and it cannot mend a change of the world, from calculation to laboratory.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        "20 bins, all folds together. The Brier score is the mean "
        "square of probability less label. ECE is the mean distance from the line, each bin "
        "weighted by its materials. Calibration stretches and shifts the logit by what materials "
        "held out of each training part say (Platt scaling).",
        sql=sql.strip(),
    )


def draw_scores_by_size(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Scores of formulas that were held out as the training part grows."""
    sql = f"""
select metric, setting as n_training, value, n
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'learning'
    and metric in ('roc_auc', 'balanced_accuracy')
order by all"""
    rows = read_rows(connection, sql)
    words = {"roc_auc": "ROC AUC", "balanced_accuracy": "balanced accuracy"}
    named = rows.with_columns(score=pl.col("metric").replace_strict(words))
    plot = draw_lines(named, "n_training", "value", "score")
    plot = style(plot, "materials in training", "score", height=400)
    plot.update_xaxes(type="log", dtick=1)
    last = rows.filter(metric="balanced_accuracy").sort("n_training").tail(2)
    gain = last["value"][1] - last["value"][0] if last.height > 1 else 0.0
    return Figure(
        title="Would more data help?",
        plot=plot,
        reading=f"From {last['n_training'][0]:,.0f} to {last['n_training'][-1]:,.0f} materials, "
        f"balanced accuracy still changes by {gain:+.4f}.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        "training part of official fold 0, tested on a fifth of its formulas, held out, "
        f"n = {rows['n'][0]:,}; C as chosen for the whole part.",
        sql=sql.strip(),
    )


def draw_elements(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """ROC AUC of the materials of each element, after training on all others."""
    sql = f"""
select series as element, value, n
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'leave_element_out'
    and metric = 'roc_auc'
order by value, element"""
    rows = read_rows(connection, sql)
    low = rows.head(3)
    median = np.median(rows["value"].to_numpy())
    worst = ", ".join(f"{e} ({v:.2f})" for e, v in zip(low["element"], low["value"], strict=True))
    return Figure(
        title="An element that it has never seen",
        plot=draw_periodic_table(connection, sql, ("ROC AUC", ".3f", "Viridis")),
        reading="For each element, all materials that contain it are tested after training on the "
        f"others. The median ROC AUC is {median:.3f}; hardest are {worst}. What the model knows of "
        "valence and groups carries over; what it learned of single elements cannot.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        f"elements with at least {LEAST_TESTED} materials, metals and "
        "non-metals among them.",
        sql=sql.strip(),
    )


def read_errors(connection: duckdb.DuckDBPyConnection, benchmark: str) -> dict[str, Any]:
    """The most confident errors on the official folds."""
    sql = f"""
select formula, is_metal, metal_probability
from marts.metal_predictions
where dataset = '{benchmark}' and split = 'official_folds' and is_selected
    and is_metal <> (metal_probability >= 0.5)
order by abs(metal_probability - 0.5) desc, formula, is_metal
limit 16"""
    rows = [
        {**row, "shown": display_formula(row["formula"])}
        for row in read_rows(connection, sql).to_dicts()
    ]
    return {"rows": rows, "sql": sql.strip()}
