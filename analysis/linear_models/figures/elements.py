"""Figures: elements that training never had."""

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.inquiries.elements import LEAST_TESTED
from analysis.pages.figure import Figure
from analysis.pages.periodic_table import PLACES, draw_periodic_table, place_elements


def draw_unseen_elements(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty
) -> Figure | None:
    """Score of the samples with an element after training without it; None if none was left out.

    Of two classes it is the ROC AUC: their log loss is small where nearly all are of one class.
    """
    is_ranked = len(shown.classes) == 2
    metric, sign, suffix = (
        (Metric.ROC_AUC, 1, "") if is_ranked else (shown.metric, -1, shown.suffix)
    )
    name = Metric.ROC_AUC.label if is_ranked else shown.loss_name
    sql = f"""
select series as element, value, standard_error, n
from marts.curves
where {shown.where} and curve = 'leave_element_out' and metric = '{metric}'
order by {sign} * value, element"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    text = [
        f"{element}: {value:.3g}{f' ± {error:.2g}' if error else ''}{suffix}, n = {n:,}"
        for element, value, error, n in rows.iter_rows()
    ]
    return Figure(
        title=shown.title("Elements never seen"),
        plot=draw_periodic_table(
            rows.with_columns(text=pl.Series(text)),
            place_elements(read_rows(connection, PLACES)),
            name if is_ranked else shown.loss_axis,
            "Viridis" if is_ranked else "Viridis_r",
        ),
        reading=f"Without any sample of an element in training, the {name} on those with it is "
        f"{np.median(rows['value']):.3g}{suffix} in the median of {rows.height} elements. Worst "
        f"are {', '.join(f'{row[0]} ({row[1]:.3g})' for row in rows.head(3).iter_rows())}. What "
        "the model knows of groups and valence carries over; what it learned of single elements "
        "cannot.",
        caption=shown.caption(
            f"each element of at least {LEAST_TESTED} samples"
            f"{', both classes among them' if is_ranked else ''}: a fit without it, judged on all "
            "that have it, at the strength of the fit to all."
        ),
        sql=sql.strip(),
    )
