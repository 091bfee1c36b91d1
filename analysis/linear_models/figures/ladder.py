"""Figure: the ladder of descriptors, and what each of its rungs adds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit, Labelled, Metric, find_label
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.inquiries.ladder import Rung
from analysis.pages.figure import COLOURS, Figure, style

RUNG = "coalesce(nullif(series, ''), model) as rung"
"""Older runs have the rungs of metals as models alone."""
NOT_KNOWN = float("nan")
PAIRED = (
    " ± is the standard error of the paired difference over folds, whose training parts overlap."
)


@dataclass(frozen=True)
class Step:
    """What a rung, or a model that stands beside the ladder, scores.

    Attributes:
        rung: Its key.
        label: It in words.
        below: The one that its gain is over, in words.
        gain: Of the score that tells, paired over the folds; NaN without one below.
        error: Standard error of that over the folds; NaN of a single fold.
        n: Samples that were tested.
        means: Of each score over the folds.

    """

    rung: str
    label: str
    below: str
    gain: float
    error: float
    n: int
    means: Mapping[str, float] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The gain in figures."""
        error = "" if np.isnan(self.error) else f" ± {self.error:.2g}"
        return f"{self.gain:+.3g}{error}"


def read_steps(
    connection: duckdb.DuckDBPyConnection,
    curve: str,
    metric: str,
    rungs: Mapping[str, Rung],
    labels: Iterable[type[Labelled]] = (),
    product: str = "",
) -> list[Step]:
    """The rungs of a ladder that was climbed, in order, then models that stand beside it.

    `curve` is the condition on `marts.curves`. A model that was fitted to some folds only is
    compared on those; one that is no rung is compared with the `product`.
    """
    rows = read_rows(
        connection,
        f"select {RUNG}, metric, setting as fold, value, n from marts.curves where {curve}",
    )
    there = set(rows["rung"])
    told = rows.filter(metric=metric).select("rung", "fold", "value", "n")
    steps = []
    for name in [*(one for one in rungs if one in there), *sorted(there - set(rungs))]:
        below = rungs[name].adds_to if name in rungs else product
        while below in rungs and below not in there:
            below = rungs[below].adds_to
        own = told.filter(rung=name)
        paired = own.join(told.filter(rung=below), on="fold").sort("fold")
        gains = (paired["value"] - paired["value_right"]).to_numpy()
        means = rows.filter(rung=name).group_by("metric").agg(pl.col("value").mean())
        steps.append(
            Step(
                name,
                find_label(name, labels) if labels else name,
                find_label(below, labels) if labels else below,
                float(gains.mean()) if len(gains) else NOT_KNOWN,
                float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else NOT_KNOWN,
                int(own["n"].sum()),
                dict(means.iter_rows()),
            )
        )
    return steps


def draw_ladder(
    connection: duckdb.DuckDBPyConnection,
    shown: ShownProperty,
    rungs: Mapping[str, Rung],
    labels: Iterable[type[Labelled]] = (),
    product: str = "",
) -> Figure:
    """Score of each rung on the test folds, from few sets of descriptors to all.

    Of two classes it is the balanced accuracy; `product` is as `read_steps` has it.
    """
    is_accuracy = len(shown.classes) == 2
    metric = str(Metric.BALANCED_ACCURACY) if is_accuracy else shown.metric
    name = Metric.BALANCED_ACCURACY.label if is_accuracy else shown.loss_name
    suffix = "" if is_accuracy else shown.suffix
    sql = f"""
select {RUNG}, setting as fold, value, standard_error, n
from marts.curves
where {shown.where} and curve = 'ladder' and metric = '{metric}'
order by rung, fold"""
    rows = read_rows(connection, sql)
    curve = f"{shown.where} and curve = 'ladder'"
    steps = read_steps(connection, curve, metric, rungs, labels, product)
    plot = go.Figure()
    for step in steps:
        of = rows.filter(rung=step.rung)
        plot.add_scatter(
            x=of["value"], y=[step.label] * of.height, mode="markers", showlegend=False,
            marker={"size": 10, "color": COLOURS[0 if step.rung in rungs else 4], "opacity": 0.75},
            error_x={"array": of["standard_error"]}, customdata=of["fold"],
            hovertemplate="fold %{customdata}: %{x:.4g}<extra></extra>",
        )  # fmt: skip
    plot = style(plot, name if is_accuracy else shown.loss_axis, "", height=440)
    order = [step.label for step in reversed(steps)]
    plot.update_yaxes(categoryorder="array", categoryarray=order)
    sign = 1 if is_accuracy else -1
    climbed = [step for step in steps if step.rung in rungs]
    ranked = sorted(climbed, key=lambda step: sign * step.means[metric])
    known = [step for step in climbed if not np.isnan(step.gain)]
    largest = sorted(known, key=lambda step: -sign * step.gain)[:2]
    climbs = ", then ".join(f"“{step.label}” ({step.told} over “{step.below}”)" for step in largest)
    return Figure(
        title=shown.title("Which descriptors help"),
        plot=plot,
        reading=f"From “{ranked[0].label}” to “{ranked[-1].label}” the {name} goes from "
        f"{ranked[0].means[metric]:.4g} to {ranked[-1].means[metric]:.4g}{suffix} "
        f"(n = {ranked[-1].n:,})."
        + (f" The largest steps in {name} are {climbs}." if largest else ""),
        caption=shown.caption(
            f"{FormulaSplit.label_of(shown.split)}: one dot per fold that was tried"
            f"{'' if is_accuracy else '; bars are standard errors over its formulas'}."
            + (PAIRED if any("±" in step.told for step in largest) else "")
        ),
        sql=sql.strip(),
    )
