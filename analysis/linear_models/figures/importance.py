"""Figure: what a model loses without a set of descriptors."""

from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import DescriptorSet, FormulaSplit
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.inquiries.importance import LEFT_OUT, N_SHUFFLES, SHUFFLED
from analysis.pages.figure import COLOURS, INK, Figure, style

WAYS = {SHUFFLED: "shuffled", LEFT_OUT: "left out of the fit"}


def draw_importance(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Loss gained, or ROC AUC lost, without each set of descriptors; None if it is unknown."""
    is_ranked = len(shown.classes) == 2
    metric = "roc_auc_lost" if is_ranked else f"{shown.metric}_lost"
    sql = f"""
select model as way, series as descriptor_set, value as lost, standard_error, n
from marts.curves
where {shown.where} and curve = 'importance' and metric = '{metric}'
order by way desc, lost desc, descriptor_set"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for colour, (way, words) in zip(COLOURS, WAYS.items(), strict=False):
        of = rows.filter(way=way)
        if of.height:
            plot.add_bar(
                y=[DescriptorSet.label_of(name) for name in of["descriptor_set"]], x=of["lost"],
                orientation="h", name=words, showlegend=True, marker={"color": colour},
                error_x={"array": of["standard_error"], "thickness": 1, "color": INK},
                hovertemplate="%{y}: %{x:.3g}<extra>" + words + "</extra>",
            )  # fmt: skip
    axis = "ROC AUC lost" if is_ranked else f"added {shown.loss_axis}"
    n_sets = rows["descriptor_set"].n_unique()
    plot = style(plot, axis, "", height=140 + 40 * n_sets)
    plot.update_yaxes(autorange="reversed")
    n = int(rows["n"][0])
    return Figure(
        title=shown.title("What is lost without a set of descriptors"),
        plot=plot,
        reading=_read(rows, shown, is_ranked),
        caption=shown.caption(
            f"first test fold of the {FormulaSplit.label_of(shown.split)}, n = {n:,}; nothing is "
            f"chosen by it. Shuffled: nothing is fitted again, mean of {N_SHUFFLES} orders. Lines "
            "are standard errors over the formulas of the test samples: those of one err alike."
        ),
        sql=sql.strip(),
    )


def _read(rows: pl.DataFrame, shown: ShownProperty, is_ranked: bool) -> str:
    """What the set costs that the model leans on most, and the one that it misses most."""
    cost = "of ROC AUC" if is_ranked else f"{shown.suffix} of {shown.loss_name}".lstrip()

    def tell(row: dict[str, Any]) -> str:
        error = row["standard_error"]  # Older runs of metals have none.
        return f"{row['lost']:.3g}{'' if error is None else f' ± {error:.1g}'} {cost}"

    top = rows.filter(way=SHUFFLED).row(0, named=True)
    told = (
        f"When test samples get another one's “{DescriptorSet.label_of(top['descriptor_set'])}”, "
        f"it costs {tell(top)}: so far does the fitted model lean on that set. "
    )
    left_out = rows.filter(way=LEFT_OUT)
    if left_out.is_empty():
        told += (
            "A model fitted without it may lose much less, for other sets say almost the same: the "
            "ladder tells, and the same command with --thorough. "
        )
    else:
        most = left_out.row(0, named=True)
        name = DescriptorSet.label_of(most["descriptor_set"])
        told += f"A model that never knew a set loses at most {tell(most)} (“{name}”). "
        if most["lost"] < top["lost"]:
            told += "That is less, for other sets say almost the same: they are collinear. "
    return told + (
        "Shuffled, a sample gets descriptors of another's elements: no real one looks like that."
    )
