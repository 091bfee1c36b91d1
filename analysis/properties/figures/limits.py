"""Figures: what linearity costs, and where intervals hold."""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit, find_label
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, GREY, Figure, style
from analysis.properties.labels import PropertyModel
from warehouse.quoting import quote_text

TREES = ("gradient_boosting", "random_forest")


def draw_linearity(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """Loss of each model on the same test samples; None if only linear ones were fitted."""
    sql = f"""
select model, loss, root_mean_square_error, difference, difference_error, n_compared
from marts.property_differences
where dataset = {quote_text(shown.name)} and split = '{shown.split}'
order by loss, model"""
    rows = read_rows(connection, sql)
    trees = rows.filter(pl.col("model").is_in(TREES))
    if trees.is_empty() or shown.metric == "pinball_loss":
        return None  # The view's losses are sizes of errors.
    names = [find_label(model, [PropertyModel]) for model in rows["model"]]
    plot = go.Figure()
    plot.add_scatter(
        x=rows["loss"], y=names, mode="markers", showlegend=False,
        marker={"size": 10, "color": COLOURS[0]}, error_x={"array": rows["difference_error"]},
        customdata=rows["difference"],
        hovertemplate="%{y}: %{x:.3g}, difference %{customdata:+.3g}<extra></extra>",
    )  # fmt: skip
    plot = style(plot, shown.loss_axis, "", height=320)
    plot.update_yaxes(autorange="reversed")
    told = ", ".join(
        f"{find_label(row['model'], [PropertyModel])}’s is "
        f"{'smaller' if row['difference'] < 0 else 'larger'} by {abs(row['difference']):.2g} "
        f"± {row['difference_error']:.1g}{shown.suffix}"
        for row in trees.iter_rows(named=True)
    )
    best = trees.row(0, named=True)
    own = rows.filter(model=shown.model).row(0, named=True)
    return Figure(
        title=f"What linearity costs: {shown.name}",
        plot=plot,
        reading=f"The {shown.loss_name} of the linear model is {own['loss']:.3g}{shown.suffix}. "
        f"On the same samples {told}. "
        + (
            "So the data say more than a sum of descriptors does."
            if best["difference"] < -2 * best["difference_error"]
            else "These two trees found no more."
        )
        + _tell_squares(rows, shown),
        caption=f"{FormulaSplit.label_of(shown.split)}, n = {own['n_compared']:,}; trees read the "
        "same descriptors, but for pairs of elements that few samples have, and nothing of theirs "
        "was chosen. Bars are standard errors of the difference from the linear model, over "
        "formulas or over folds, whichever is larger."
        + (
            ""
            if shown.classes
            else " Trees minimise squares, so the root of the mean square is told beside."
        ),
        sql=sql.strip(),
    )


def _tell_squares(rows: pl.DataFrame, shown: ShownProperty) -> str:
    """The same models by the root of the mean square, from the best; empty of classes."""
    if shown.classes:
        return ""
    told = ", ".join(
        f"{find_label(row['model'], [PropertyModel])} {row['root_mean_square_error']:.3g}"
        for row in rows.sort("root_mean_square_error").iter_rows(named=True)
    )
    return f" By root mean square errors: {told}{shown.suffix}."


def draw_intervals(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """How often intervals held, of each tenth of predictions; None if that was not measured."""
    sql = f"""
select curve, series, setting, value as coverage, standard_error, n
from marts.curves
where study = 'property' and dataset = {quote_text(shown.name)} and curve like 'coverage_by_%'
order by curve, series, setting"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for place, (series, by, dash) in enumerate(
        (
            ("by prediction", "prediction", "solid"),
            ("one for all", "prediction", "dot"),
            ("by prediction", "target", "solid"),
            ("one for all", "target", "dot"),
        )
    ):
        of = rows.filter(curve=f"coverage_by_{by}", series=series)
        what = "predictions" if by == "prediction" else "true values"
        plot.add_scatter(
            x=of["setting"], y=of["coverage"], mode="lines+markers",
            name=f"tenths of {what}, width {series}",
            line={"color": COLOURS[place // 2], "dash": dash}, customdata=of["n"],
            hovertemplate="%{x:.3g}: %{y:.2f} (n = %{customdata:,})<extra></extra>",
        )  # fmt: skip
    plot.add_hline(y=0.9, line={"color": GREY, "dash": "dash"})
    plot = style(plot, shown.axis, "share within the interval", height=420)
    plot.update_yaxes(range=[0, 1.02])
    last = rows.sort("setting").group_by("curve", "series").last()
    said = rows.filter(curve="coverage_by_prediction", series="by prediction")
    worst = said.sort("coverage").row(0, named=True)
    held = {(row["curve"], row["series"]): row["coverage"] for row in last.iter_rows(named=True)}
    own, one = (
        held["coverage_by_prediction", series] for series in ("by prediction", "one for all")
    )
    true, plain = (
        held["coverage_by_target", series] for series in ("by prediction", "one for all")
    )
    return Figure(
        title=f"Where the interval holds: {shown.name}",
        plot=plot,
        reading=f"Of the tenth with the largest predictions {own:.2f} were within their interval; "
        f"one width for all would have held {one:.2f}. Worst are predictions of about "
        f"{worst['setting']:.2g}{shown.suffix}: {worst['coverage']:.3f} ± "
        f"{worst['standard_error']:.3f} (n = {worst['n']:,}). Of the tenth with the largest true "
        f"values it held {true:.2f} ({plain:.2f}): nobody knows beforehand which these are, and "
        "large values are often taken for smaller ones.",
        caption=f"{FormulaSplit.label_of(shown.split)}, meant is 0.9. An interval is as wide as "
        "nine tenths of the errors of held-out samples with predictions like it were. ± is a "
        "standard error over formulas. The lowest "
        "values of all, such as 0, are one point.",
        sql=sql.strip(),
    )
