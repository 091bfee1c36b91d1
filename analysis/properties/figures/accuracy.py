"""Figures: what was predicted beside what is."""

import duckdb
import plotly.graph_objects as go

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import GREY, Figure, style

BINS = 80
"""Squares along each axis of the picture of predictions."""


def draw_held_out(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Predictions of samples that were held out, counted in squares."""
    sql = f"""
with held_out as (
    select target, prediction
    from marts.property_predictions
    where dataset = '{shown.name}' and model = '{shown.model}' and split = '{shown.split}'
),

ranges as (
    select min(least(target, prediction)) as lowest,
        greatest(max(greatest(target, prediction)) - min(least(target, prediction)), 1e-9) as width
    from held_out
)

select
    lowest + width * (least(floor({BINS} * (target - lowest) / width), {BINS - 1}) + 0.5) / {BINS}
        as target,
    lowest + width * (least(floor({BINS} * (prediction - lowest) / width), {BINS - 1}) + 0.5)
        / {BINS} as prediction,
    count(*) as n,
    sum(abs(target - prediction)) as sum_of_errors
from held_out, ranges
group by all
order by all"""
    rows = read_rows(connection, sql)
    lowest, highest = (rows["target"].min(), rows["target"].max()) if rows.height else (0.0, 1.0)
    plot = go.Figure()
    plot.add_scatter(
        x=[lowest, highest], y=[lowest, highest], mode="lines", showlegend=False,
        line={"color": GREY, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    plot.add_scatter(
        x=rows["target"], y=rows["prediction"], mode="markers", showlegend=False,
        marker={
            "size": 5, "symbol": "square", "color": rows["n"].log10(), "colorscale": "Viridis",
            "colorbar": {"title": "samples", "tickvals": [0, 1, 2, 3, 4],
                         "ticktext": ["1", "10", "100", "1,000", "10,000"]},
        },
        customdata=rows["n"],
        hovertemplate="%{x:.3g}, predicted %{y:.3g}: %{customdata:,}<extra></extra>",
    )  # fmt: skip
    n = int(rows["n"].sum())
    return Figure(
        title=f"Predicted and true {shown.label}: {shown.name}",
        plot=style(plot, shown.axis, f"predicted {shown.axis}", height=460),
        reading=f"The mean error of {n:,} held-out samples is "
        f"{rows['sum_of_errors'].sum() / max(n, 1):.3g}{shown.suffix}.",
        caption=f"{FormulaSplit.label_of(shown.split)}; each square counts samples.",
        sql=sql.strip(),
    )
