"""Figures of samples that were parted by a column: sources, laboratories, references."""

import duckdb
import plotly.graph_objects as go

from analysis.datasets import read_rows
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, Figure, style
from warehouse.quoting import quote_text

MOST_GROUPS = 30
"""Groups that are drawn, the largest."""


def draw_unseen_groups(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty
) -> Figure | None:
    """Loss on each group after training without it; None if there are no groups."""
    sql = f"""
select series as held_out_group, value as loss, standard_error, n
from marts.curves
where study = 'property' and dataset = {quote_text(shown.name)} and curve = 'held_out_group'
order by n desc, held_out_group"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    drawn = rows.head(MOST_GROUPS).sort("loss")
    plot = go.Figure()
    plot.add_scatter(
        x=drawn["loss"], y=drawn["held_out_group"], mode="markers", showlegend=False,
        marker={"size": 10, "color": COLOURS[0]}, error_x={"array": drawn["standard_error"]},
        customdata=drawn["n"], hovertemplate="%{y}: %{x:.3g} (n = %{customdata:,})<extra></extra>",
    )  # fmt: skip
    plot = style(plot, shown.loss_axis, "", height=max(260, 80 + 26 * drawn.height))
    plot.update_yaxes(type="category")
    best, worst = (drawn.row(place, named=True) for place in (0, -1))
    return Figure(
        title=f"Groups never seen: {shown.name}",
        plot=plot,
        reading=f"Trained on other groups alone, and on no formula that is tested, the "
        f"{shown.loss_name} is {best['loss']:.3g}{shown.suffix} on {best['held_out_group']} "
        f"(n = {best['n']:,}) and {worst['loss']:.3g}{shown.suffix} on {worst['held_out_group']} "
        f"(n = {worst['n']:,}).",
        caption=f"{drawn.height} of {rows.height} groups, the largest; bars are standard errors "
        "over formulas.",
        sql=sql.strip(),
    )
