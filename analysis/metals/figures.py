"""Figures of the metals page, each drawn from one query that the page shows."""

from typing import Any

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.pages import COLOURS, Figure, label, style

SPLITS = ("official_folds", "formula_groups", "chemical_system_groups", "experiment")
NAMES = {
    "matbench_mp_is_metal": "Materials Project (DFT)",
    "matbench_expt_is_metal": "Measured in the laboratory",
}
N_COEFFICIENTS = 15
FEATURE_WORDS = {
    "magpie_number": "atomic_number",
    "magpie_column": "column",
    "magpie_row": "row",
    **{f"n{shell}_unfilled": f"empty_{shell}_states" for shell in "spdf"},
    **{f"n{shell}_valence": f"{shell}_valence_electrons" for shell in "spdf"},
    "n_unfilled": "empty_states",
    "n_valence": "valence_electrons",
    "average_deviation": "mean_deviation",
    "fraction_": "share_of_",
}
"""Parts of a feature's name, and what a reader sees for them."""


def make_figures(connection: duckdb.DuckDBPyConnection, benchmark: str) -> list[Figure]:
    """All figures of the page on `benchmark`, in order."""
    return [
        draw_roc(connection, benchmark),
        draw_confusion(connection, benchmark),
        draw_coefficients(connection, benchmark),
    ]


def draw_roc(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """True against false positive rate as the threshold moves, for each split."""
    from sklearn.metrics import roc_auc_score, roc_curve

    sql = f"""
select split, is_metal, metal_probability
from marts.metal_predictions
where dataset = '{benchmark}' and is_selected"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    areas = {}
    for split, colour in zip(SPLITS, COLOURS, strict=False):
        part = rows.filter(split=split)
        target, probability = part["is_metal"].to_numpy(), part["metal_probability"].to_numpy()
        false_positive, true_positive, threshold = roc_curve(target, probability)
        keep = np.unique(np.linspace(0, len(threshold) - 1, 400).astype(int))
        areas[split] = roc_auc_score(target, probability)
        plot.add_scatter(
            x=false_positive[keep],
            y=true_positive[keep],
            mode="lines",
            name=f"{label(split)}, AUC {areas[split]:.4f}",
            line={"color": colour, "width": 2},
            customdata=np.minimum(threshold[keep], 1.0),
            hovertemplate="threshold %{customdata:.2f}<br>%{y:.1%} of metals found"
            "<br>%{x:.1%} of non-metals called metals<extra></extra>",
        )
    plot.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="guessing", hoverinfo="skip",
        line={"color": "#888888", "width": 1, "dash": "dot"},
    )  # fmt: skip
    return Figure(
        title="How well does it rank? The ROC curve",
        plot=style(plot, "non-metals called metals (share)", "metals found (share)"),
        reading="Drawn at random, a metal gets a higher probability than a non-metal in "
        f"{areas['official_folds']:.1%} of cases on the official folds, and in "
        f"{areas['chemical_system_groups']:.1%} when no set of elements is in training and test at "
        f"once; of measured materials, in {areas['experiment']:.1%}.",
        caption=f"{NAMES[benchmark]}; out-of-fold probabilities of "
        f"{rows.filter(split='official_folds').height:,} calculated and "
        f"{rows.filter(split='experiment').height:,} measured materials, all folds "
        "together. The table above gives the mean of the folds' scores.",
        sql=sql.strip(),
    )


def draw_confusion(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Counts of true and predicted labels on the official folds."""
    sql = f"""
select is_metal, metal_probability >= 0.5 as is_called_metal, count(*) as n
from marts.metal_predictions
where dataset = '{benchmark}' and is_selected and split = 'official_folds'
group by all
order by all"""
    rows = read_rows(connection, sql)
    counts = {(row["is_metal"], row["is_called_metal"]): row["n"] for row in rows.to_dicts()}
    table = np.array([[counts.get((t, p), 0) for p in (False, True)] for t in (False, True)])
    shares = table / table.sum(axis=1, keepdims=True)
    plot = go.Figure(
        go.Heatmap(
            z=shares,
            x=["called non-metal", "called metal"],
            y=["non-metal", "metal"],
            text=[[f"{n:,}<br>{s:.1%}" for n, s in zip(*r, strict=True)]
                  for r in zip(table, shares, strict=True)],
            texttemplate="%{text}",
            hoverinfo="skip",
            colorscale="Blues",
            zmin=0,
            zmax=1,
            showscale=False,
        )
    )  # fmt: skip
    return Figure(
        title="Which way does it err? The confusion matrix",
        plot=style(plot, "", "", height=380),
        reading=f"{shares[0, 1]:.1%} of the non-metals are called metals and {shares[1, 0]:.1%} of "
        "the metals non-metals, at a threshold of one half.",
        caption=f"{NAMES[benchmark]}, official folds, n = {table.sum():,}. Balanced accuracy is "
        "the mean of the diagonal's shares.",
        sql=sql.strip(),
    )


def draw_coefficients(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """The largest coefficients of the standardised features."""
    sql = f"""
select feature, parameter * scale as coefficient, parameter, scale
from staging.model_parameters
where study = 'metals' and dataset = '{benchmark}' and scale is not null
order by abs(coefficient) desc
limit {N_COEFFICIENTS}"""
    rows = read_rows(connection, sql).reverse()
    colours = np.where(rows["coefficient"].to_numpy() > 0, COLOURS[0], COLOURS[1])
    plot = go.Figure(
        go.Bar(
            x=rows["coefficient"],
            y=[display_feature(name) for name in rows["feature"]],
            orientation="h",
            marker={"color": colours},
            hovertemplate="%{y}: %{x:.2f} per standard deviation<extra></extra>",
        )
    )
    strongest = rows.row(-1, named=True)
    plot = style(plot, "logit per standard deviation", "", height=560)
    return Figure(
        title="Which features matter? The largest coefficients",
        plot=plot,
        reading=f"Blue pushes towards metal, orange towards non-metal. One standard deviation more "
        f"of “{display_feature(strongest['feature'])}” changes the logit by "
        f"{strongest['coefficient']:+.1f}. Many Magpie features say almost the same, so a single "
        "large coefficient may be balanced by another of the opposite sign: read them with care.",
        caption=f"{NAMES[benchmark]}; the {N_COEFFICIENTS} largest standardised coefficients of "
        "the L2-regularised logistic regression fitted to all materials.",
        sql=sql.strip(),
    )


def display_feature(name: str) -> str:
    """Say the name of a feature in words."""
    for short, long in FEATURE_WORDS.items():
        name = name.replace(short, long)
    return name.replace("_", " ")


def score_table(connection: duckdb.DuckDBPyConnection, benchmark: str) -> dict[str, Any]:
    """Scores of the classifier by split, as the page's first table shows them."""
    sql = f"""
select split, metric, value, std, n
from marts.metrics
where study = 'metals' and dataset = '{benchmark}' and is_selected
order by split desc, metric"""
    rows = read_rows(connection, sql)
    metrics = ["balanced_accuracy", "f1", "roc_auc", "brier"]
    table = [
        {
            "split": split,
            "n": part["n"][0],
            "cells": [part.filter(metric=metric).row(0, named=True) for metric in metrics],
        }
        for split in SPLITS
        if not (part := rows.filter(pl.col("split") == split)).is_empty()
    ]
    return {"title": NAMES[benchmark], "metrics": metrics, "rows": table, "sql": sql.strip()}
