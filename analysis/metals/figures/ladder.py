"""Figures: the ladder of descriptors."""

from collections.abc import Mapping

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import Labelled
from analysis.linear_models.figures.boards import BOARDS
from analysis.metals.benchmarks import Benchmark
from analysis.metals.inquiries.descriptor_ladder import RUNGS, SELECTED, Rung
from analysis.metals.inquiries.structure_ladder import STRUCTURE_RUNGS
from analysis.metals.labels import LadderRung, MaterialSet, StructureRung
from analysis.pages.figure import COLOURS, Figure, style

MARKED = ("RF-SCM/Magpie", "ALIGNN")
"""The board's baseline, and its best entry but for one that is doubted."""


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
    present = [rung for rung in LadderRung if rung in set(rows["model"])]
    for rung in present:
        part = rows.filter(model=rung)
        plot.add_scatter(
            x=part["value"], y=[rung.label] * part.height, mode="markers", showlegend=False,
            marker={"size": 11, "color": COLOURS[0 if rung in RUNGS else 4], "opacity": 0.75},
            customdata=part["fold"],
            hovertemplate="fold %{customdata}: %{x:.4f}<extra></extra>",
        )  # fmt: skip
    if benchmark == Benchmark.CALCULATED:
        published = {entry.name: entry.score for entry in BOARDS[Benchmark.CALCULATED]}
        for place, name in enumerate(MARKED):
            plot.add_vline(
                x=published[name], line={"dash": "dot", "color": COLOURS[1], "width": 1.5},
                annotation_text=f"{name}, sees structures", annotation_textangle=0,
                annotation_font_size=11,
                annotation_position=("bottom left", "bottom right")[place],
            )  # fmt: skip
    plot = style(plot, "balanced accuracy", "", height=440)
    plot.update_yaxes(
        categoryorder="array", categoryarray=[rung.label for rung in reversed(present)]
    )
    steps = read_steps(connection, benchmark)
    rungs = [step for step in steps if step["model"] in RUNGS and not np.isnan(step["gain"])]
    ranked = sorted(rungs, key=lambda step: -float(step["gain"]))
    again = [
        f"Putting Magpie's averages back on top changes {step['gain']:+.4f} ± {step['error']:.4f}. "
        for step in steps
        if step["model"] == "magpie_again"
    ]
    climbs = ", then ".join(
        f"“{step['name']}” ({step['gain']:+.4f} ± {step['error']:.4f} over "
        f"“{LadderRung.label_of(RUNGS[str(step['model'])].adds_to)}”)"
        for step in ranked[:2]
    )
    return Figure(
        title="Each rung adds one idea",
        plot=plot,
        reading=f"The largest steps in balanced accuracy are {climbs}. {''.join(again)}"
        "That electrons pair up and that charges must balance came from thought; what each element "
        "does at which charge, in which role and beside which other is learned from the data.",
        caption=f"{MaterialSet.label_of(benchmark)}; "
        "one dot per official fold. ± is the standard error of the "
        f"paired difference over five folds, whose training parts overlap.{_read_lines(benchmark)}",
        sql=sql.strip(),
    )


def _read_lines(benchmark: str) -> str:
    """What the lines are: chosen rows of a board, of which the top is told."""
    if benchmark != Benchmark.CALCULATED:
        return ""
    board = BOARDS[Benchmark.CALCULATED]
    top = max(board, key=lambda entry: entry.score)
    return (
        f" The lines are two of {len(board)} published entries; the highest, {top.name} with "
        f"{top.score:.3f}, is doubted: the study's page has all of them, and why."
    )


def read_steps(
    connection: duckdb.DuckDBPyConnection,
    benchmark: str,
    curve: str = "ladder",
    labels: type[Labelled] = LadderRung,
    rungs: Mapping[str, Rung] = RUNGS,
) -> list[dict[str, str | float]]:
    """Mean scores of each rung, and its paired gain in balanced accuracy over the one it adds to.

    A model that was fitted to some folds only is compared on those; one that is not linear, and so
    no rung, is compared with the product.
    """
    rows = read_rows(
        connection,
        f"select model, metric, setting as fold, value, n from marts.curves where study = 'metals' "
        f"and dataset = '{benchmark}' and curve = '{curve}'",
    )
    accuracies = rows.filter(metric="balanced_accuracy").select("model", "fold", "value")
    steps: list[dict[str, str | float]] = []
    for name in [name for name in labels if name in set(rows["model"])]:
        part = rows.filter(model=name)
        means = dict(part.group_by("metric").agg(pl.col("value").mean()).iter_rows())
        below = accuracies.filter(model=rungs[name].adds_to if name in rungs else SELECTED)
        paired = accuracies.filter(model=name).join(below, on="fold").sort("fold")
        differences = (paired["value"] - paired["value_right"]).to_numpy()
        gain = error = float("nan")
        if len(differences):
            gain = float(differences.mean())
        if len(differences) > 1:
            error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
        n = int(part.filter(metric="brier")["n"].sum())
        steps.append(
            {"model": name, "name": name.label, "gain": gain, "error": error, "n": n, **means}
        )
    return steps


def read_live_steps(connection: duckdb.DuckDBPyConnection) -> list[dict[str, str | float]]:
    """The same of the Materials Project's own rows, each rung beside the one below; maybe none."""
    return read_steps(connection, Benchmark.LIVE, "structure", StructureRung, STRUCTURE_RUNGS)
