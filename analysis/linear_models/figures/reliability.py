"""Figure: how far to trust the probabilities of classes, by split and calibration."""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import read_rows
from analysis.labels import FormulaSplit
from analysis.linear_models.figures.shown import ShownProperty
from analysis.pages.figure import COLOURS, GREY, Figure, style

CALIBRATIONS = {"none": "not calibrated", "platt": "Platt", "isotonic": "isotonic"}
"""Calibrations in words, and in the order of a legend."""
ENOUGH = 50
"""Samples of a bin that may be called the farthest off: of fewer it is by chance."""
CALIBRATED = {
    "uncalibrated": "none",
    "calibrated": "platt",
    "platt": "platt",
    "isotonic": "isotonic",
}
"""Calibrations of the models that stand beside a study's own."""


def draw_reliability(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure | None:
    """How often a class was right that had a probability of so much; None if it is unknown."""
    which = "all classes" if len(shown.classes) > 2 else shown.classes[1]
    sql = f"""
select split, series as calibration, setting as probability, value as share_of_class,
    standard_error as error, n
from marts.curves
where {shown.where} and curve = 'reliability'
order by split, calibration, probability"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    plot.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", showlegend=False,
        line={"color": GREY, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    splits = [split for split in FormulaSplit if split in rows["split"]]
    lines = {
        (split, kind): of
        for split in splits
        for kind in CALIBRATIONS
        if (of := rows.filter(split=split, calibration=kind)).height
    }
    if not lines:
        return None
    told = []
    for (split, kind), of in lines.items():
        hue = splits.index(split) if len(splits) > 1 else list(CALIBRATIONS).index(kind)
        name = f"{split.label}, {CALIBRATIONS[kind]}" if len(splits) > 1 else CALIBRATIONS[kind]
        plot.add_scatter(
            x=of["probability"], y=of["share_of_class"], mode="lines+markers", name=name,
            error_y={"array": of["error"]}, customdata=of["n"],
            line={"color": COLOURS[hue], "dash": "solid" if kind == shown.calibration else "dot"},
            hovertemplate="said %{x:.2f}, was %{y:.2f} (%{customdata:,})<extra></extra>",
        )  # fmt: skip
        weights = of["n"] / of["n"].sum()
        off = float((weights * (of["share_of_class"] - of["probability"]).abs()).sum())
        told.append(f"{name} {off:.4f}{_tell_scores(connection, shown, split, kind)}")
    own = pl.concat(of for (_, kind), of in lines.items() if kind == shown.calibration)
    away = (pl.col("share_of_class") - pl.col("probability")).abs()
    enough = own.filter(pl.col("n") >= pl.min_horizontal(pl.lit(ENOUGH), pl.col("n").max()))
    widest = enough.sort(away, descending=True).row(0, named=True)
    where = f", {FormulaSplit.label_of(widest['split'])}" if len(splits) > 1 else ""
    return Figure(
        title=shown.title("How far to trust the probabilities"),
        plot=style(plot, f"probability, {which}", "share that was of the class", height=460),
        reading=f"On the dotted line it says what is. Farthest off, bins of few samples aside, "
        f"is that at {widest['probability']:.2f}{where}: {widest['share_of_class']:.2f} of its "
        f"{widest['n']:,} were of the class. Mean distances from it: {'; '.join(told)}. A logistic "
        "regression is calibrated on its own kind of data, where calibration mends little, and it "
        "cannot mend a change of the world, as from calculation to laboratory.",
        caption=shown.caption(
            f"{', '.join(split.label for split in splits)}: ten bins of probability, all folds "
            "together; bars are standard errors over formulas. The mean distance counts each bin "
            "by its samples. Calibrations were learned on rows held out inside each training "
            f"part; the model's own is “{CALIBRATIONS[shown.calibration]}”."
        ),
        sql=sql.strip(),
    )


def _tell_scores(
    connection: duckdb.DuckDBPyConnection, shown: ShownProperty, split: str, kind: str
) -> str:
    """Brier score and log loss with a calibration, on the same test samples, in brackets."""
    names = [name for name, of in CALIBRATED.items() if of == kind]
    if kind == shown.calibration:
        names = [shown.model]
    sql = f"""
    select metric, value
    from marts.metrics
    where {shown.where} and split = ? and metric in ('brier', 'log_loss')
        and list_contains(?, model)
    order by metric
    """
    words = {"brier": "Brier score", "log_loss": "log loss"}
    found = read_rows(connection, sql, [split, names])
    told = ", ".join(f"{words[metric]} {value:.4f}" for metric, value in found.iter_rows())
    return f" ({told})" if told else ""
