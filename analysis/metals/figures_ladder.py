"""Figures: the ladder of descriptors."""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.metals.names import NAMES, RUNG_NAMES
from analysis.pages import COLOURS, Figure, style

PUBLISHED = {"RF-SCM/Magpie, sees structures": 0.8992, "ALIGNN, sees structures": 0.9128}
"""Balanced accuracy on the official folds of mp_is_metal (matbench.materialsproject.org)."""


def draw_ladder(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Figure:
    """Balanced accuracy of each rung on each official fold."""
    sql = f"""
select model, setting as fold, value, n
from marts.curves
where study = 'metals' and dataset = '{benchmark}' and curve = 'ladder'
    and metric = 'balanced_accuracy'
order by all"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    present = [name for name in RUNG_NAMES if name in set(rows["model"])]
    for name in present:
        part = rows.filter(model=name)
        linear = "fold 0" not in RUNG_NAMES[name]
        plot.add_scatter(
            x=part["value"], y=[RUNG_NAMES[name]] * part.height, mode="markers", showlegend=False,
            marker={"size": 11, "color": COLOURS[0 if linear else 4], "opacity": 0.75},
            customdata=part["fold"],
            hovertemplate="fold %{customdata}: %{x:.4f}<extra></extra>",
        )  # fmt: skip
    if benchmark == "matbench_mp_is_metal":
        for place, (name, value) in enumerate(PUBLISHED.items()):
            plot.add_vline(
                x=value, line={"dash": "dot", "color": COLOURS[1], "width": 1.5},
                annotation_text=name, annotation_textangle=0, annotation_font_size=11,
                annotation_position=("bottom left", "bottom right")[place],
            )  # fmt: skip
    plot = style(plot, "balanced accuracy (1)", "", height=440)
    plot.update_yaxes(
        categoryorder="array", categoryarray=[RUNG_NAMES[name] for name in reversed(present)]
    )
    steps = read_steps(connection, benchmark)
    climbs = [step for step in steps if not np.isnan(step["gain"])]
    largest = max(climbs, key=lambda step: step["gain"])
    again = next(step for step in steps if step["model"] == "magpie_again")
    return Figure(
        title="Each rung adds one idea",
        plot=plot,
        reading=f"The largest step up is “{RUNG_NAMES[str(largest['model'])]}”: "
        f"{largest['gain']:+.4f} ± {largest['error']:.4f} in balanced accuracy. Putting Magpie's "
        f"averages back on top changes {again['gain']:+.4f} ± {again['error']:.4f}. Electron "
        "counts and charge balance came from thought; roles and pairs let the data speak for "
        "each element.",
        caption=f"{NAMES[benchmark]}; one dot per official fold. ± is the standard error of the "
        "paired difference over five folds, whose training parts overlap.",
        sql=sql.strip(),
    )


def read_steps(
    connection: duckdb.DuckDBPyConnection, benchmark: str
) -> list[dict[str, str | float]]:
    """Mean scores of each rung, and its paired gain in balanced accuracy over the rung below."""
    rows = read_rows(
        connection,
        f"select model, metric, setting as fold, value, n from marts.curves where study = 'metals' "
        f"and dataset = '{benchmark}' and curve = 'ladder'",
    )
    names = [name for name in RUNG_NAMES if name in set(rows["model"])]
    below: pl.DataFrame | None = None
    steps: list[dict[str, str | float]] = []
    for name in names:
        part = rows.filter(model=name)
        means = dict(part.group_by("metric").agg(pl.col("value").mean()).iter_rows())
        own = part.filter(metric="balanced_accuracy").select("fold", "value").sort("fold")
        gain = error = float("nan")
        if name in ("gradient_boosting", "random_forest"):
            below = rows.filter(model="logistic_regression", metric="balanced_accuracy")
        if below is not None:
            paired = own.join(below.select("fold", "value"), on="fold")
            differences = (paired["value"] - paired["value_right"]).to_numpy()
            gain = float(differences.mean())
            error = (
                float(differences.std(ddof=1) / np.sqrt(len(differences)))
                if len(differences) > 1
                else float("nan")
            )
        n = int(part.filter(metric="brier")["n"].sum())
        steps.append({"model": name, "gain": gain, "error": error, "n": n, **means})
        below = own
    return steps
