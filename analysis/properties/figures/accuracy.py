"""Figures: what was predicted beside what is, and how the error falls with more samples."""

import duckdb
import plotly.graph_objects as go

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.pages.figure import COLOURS, GREY, Figure, draw_lines, style
from analysis.properties.figures.axes import scale_by_powers
from analysis.properties.figures.shown import ShownProperty

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


def draw_learning(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Error of held-out formulas after training on ever more samples."""
    sql = f"""
select setting as n_samples, value as error, standard_error, n
from marts.curves
where study = 'property' and dataset = '{shown.name}' and curve = 'learning'
    and metric = '{shown.metric}'
order by all"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    plot.add_scatter(
        x=rows["n_samples"], y=rows["error"], mode="lines+markers", showlegend=False,
        line={"color": COLOURS[0]}, error_y={"array": rows["standard_error"]},
        hovertemplate="%{x:,} samples: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    plot = style(plot, "training samples", shown.loss_axis, height=380)
    scale_by_powers(plot, rows["n_samples"])
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    return Figure(
        title=f"More samples: {shown.name}",
        plot=plot,
        reading=f"{first['n_samples']:,.0f} samples give {first['error']:.3g}{shown.suffix}, "
        f"{last['n_samples']:,.0f} give {last['error']:.3g}{shown.suffix}.",
        caption=f"Held-out fifth of the formulas of one training part (n = {last['n']:,}); bars "
        "are standard errors over samples.",
        sql=sql.strip(),
    )


def draw_penalty_strength(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Error of the training part and of held-out formulas at each strength of the penalty."""
    sql = f"""
select part, setting as strength, value as error, n
from marts.curves
where study = 'property' and dataset = '{shown.name}' and curve = 'strength'
    and metric = '{shown.metric}'
order by all"""
    rows = read_rows(connection, sql)
    plot = draw_lines(rows, "strength", "error", "part", hovertemplate="%{x:g}: %{y:.3g}")
    plot = style(plot, "strength of the penalty", shown.loss_axis, height=400)
    scale_by_powers(plot, rows["strength"])
    held_out = rows.filter(part="validation").sort("error", "strength")
    best, weakest = held_out.row(0, named=True), held_out.sort("strength").row(0, named=True)
    trained = rows.filter(part="training").sort("strength").row(0, named=True)
    return Figure(
        title=f"Why a validation set, strength of the penalty: {shown.name}",
        plot=plot,
        reading=f"At strength {weakest['strength']:.2g} the {shown.loss_name} is "
        f"{trained['error']:.2g}{shown.suffix} of what the model was shown, and "
        f"{weakest['error']:.2g}{shown.suffix} of formulas that it was not. The validation set "
        f"finds {best['strength']:.2g}, with {best['error']:.2g}{shown.suffix}; the training rows "
        "would choose no penalty at all.",
        caption=f"One training part, a fifth of its formulas held out (n = {best['n']:,}).",
        sql=sql.strip(),
    )
