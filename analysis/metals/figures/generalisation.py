"""Figures: how far the scores carry: harder splits, calibration, fewer materials, new elements."""

from typing import Any

import duckdb
import numpy as np
import plotly.graph_objects as go

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.formulas import display_formula
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, style

QUESTIONS = {
    "official_folds": "on the official folds, where another polymorph of a formula may stand in "
    "training",
    "formula_groups": "when formulas stay together",
    "chemical_system_groups": "when no set of elements is on both sides",
    "experiment": "if the test materials were measured and the training materials calculated",
    "calculation": "if the test materials were calculated and the training materials measured",
}
"""What each split asks."""


def draw_splits(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """ROC curves of the splits: the same classifier, asked ever harder questions."""
    sql = f"""
select split, is_metal, metal_probability
from marts.metal_predictions
where dataset = '{shown.name}' and is_selected
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
        caption=f"{shown.data}; out-of-fold probabilities, all folds together.",
        sql=sql.strip(),
    )


def read_errors(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> dict[str, Any]:
    """The most confident errors on the official folds."""
    sql = f"""
select formula, is_metal, metal_probability
from marts.metal_predictions
where dataset = '{shown.name}' and split = 'official_folds' and is_selected
    and is_metal <> (metal_probability >= 0.5)
order by abs(metal_probability - 0.5) desc, formula, is_metal
limit 16"""
    rows = [
        {**row, "shown": display_formula(row["formula"])}
        for row in read_rows(connection, sql).to_dicts()
    ]
    return {"rows": rows, "sql": sql.strip()}
