"""How good is it?"""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.cluster_expansion.figures.many_elements import draw_triangle
from analysis.cluster_expansion.figures.quoted_numbers import read_gain, read_hull, read_selected
from analysis.cluster_expansion.labels import AlloyModel, AlloyQuantity, AlloySplit
from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.pages.figure import COLOURS, GREY, INK, Figure, style, thin_out
from warehouse.conventions.alloys import Alloy

ENERGY = AlloyQuantity.FORMATION_ENERGY.axis


def draw_parity(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """Predicted against calculated energies, for structures that the model had not seen."""
    sql = f"""
select
    split, structure_id, formula, concentration,
    1000 * formation_energy_per_atom as calculated,
    1000 * predicted_formation_energy_per_atom as predicted
from marts.cluster_expansion_predictions
where alloy = '{alloy}' and is_selected and split in ('training', 'locked_test')
order by split desc, structure_id"""
    rows = read_rows(connection, sql)
    error = (pl.col("predicted") - pl.col("calculated")).abs()
    points, note = thin_out(rows, error, "of the largest errors")
    plot = go.Figure()
    for split, colour in zip((AlloySplit.TRAINING, AlloySplit.LOCKED_TEST), COLOURS, strict=False):
        part = points.filter(split=split)
        n = rows.filter(split=split).height
        plot.add_scatter(
            x=part["calculated"],
            y=part["predicted"],
            mode="markers",
            name=f"{split.label} (n = {n})",
            marker={"color": colour, "size": 8, "opacity": 0.75},
            customdata=part.select("formula", "structure_id").to_numpy(),
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>calculated %{x:.1f} meV/atom"
            "<br>predicted %{y:.1f} meV/atom<extra></extra>",
        )
    ends = [rows["calculated"].min(), rows["calculated"].max()]
    plot.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        showlegend=False,
        hoverinfo="skip",
        line={"color": GREY, "width": 1},
    )
    errors = {
        split: float(np.sqrt(np.mean((part["predicted"] - part["calculated"]).to_numpy() ** 2)))
        for (split,), part in rows.group_by("split")
    }
    return Figure(
        title="Predicted against calculated energies",
        plot=style(plot, f"calculated {ENERGY}", f"predicted {ENERGY}"),
        reading=f"The error is {errors['training']:.1f} meV/atom on what the model was fitted to "
        f"and {errors['locked_test']:.1f} meV/atom on what it had not seen: only the second figure "
        "says how good it is.",
        caption=f"{read_selected(connection, alloy).label} on {alloy.label}; each point is a "
        f"structure, named under the cursor; the line is where both are equal.{note}",
        sql=sql.strip(),
    )


def draw_hull(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Formation energy against composition, with the convex hull of the data."""
    if len(alloy.end_members) > 2:
        return draw_triangle(connection, alloy)
    sql = f"""
select
    ground_states.structure_id, ground_states.composition_group as formula,
    ground_states.concentration,
    1000 * ground_states.formation_energy_per_atom as calculated,
    1000 * ground_states.energy_above_hull as above_hull,
    ground_states.is_on_hull,
    1000 * predictions.predicted_formation_energy_per_atom as predicted
from marts.ground_states as ground_states
left join marts.cluster_expansion_predictions as predictions
    on predictions.alloy = ground_states.alloy
    and predictions.structure_id = ground_states.structure_id
    and predictions.is_selected
    and predictions.split = 'random_10_fold'
where ground_states.alloy = '{alloy}'
order by ground_states.concentration, calculated, ground_states.structure_id"""
    rows = read_rows(connection, sql)
    hull = rows.filter("is_on_hull")
    second = alloy.second
    points, note = thin_out(rows, -pl.col("above_hull"), "nearest to the hull")
    names = points.select("formula", "structure_id", "above_hull").to_numpy()
    plot = go.Figure()
    for column, name, symbol in (
        ("calculated", "calculated", "circle"),
        ("predicted", "predicted without having seen it", "x-thin-open"),
    ):
        plot.add_scatter(
            x=points["concentration"], y=points[column], mode="markers", name=name,
            customdata=names,
            marker={"symbol": symbol, "size": 8, "opacity": 0.8},
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>%{y:.1f} meV/atom, calculated "
            "%{customdata[2]:.1f} above the hull<extra></extra>",
        )  # fmt: skip
    others = read_rows(
        connection,
        "select structure_id, formula, concentration, 1000 * formation_energy_per_atom as energy "
        f"from marts.competing_phases where alloy = '{alloy}' order by structure_id",
    )
    if others.height:
        plot.add_scatter(
            x=others["concentration"], y=others["energy"], mode="markers",
            name="competing phases, on other lattices",
            customdata=others.select("formula", "structure_id").to_numpy(),
            marker={"symbol": "diamond-open", "size": 9, "color": COLOURS[2]},
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>%{y:.1f} meV/atom, not on the "
            "parent lattice<extra></extra>",
        )  # fmt: skip
    plot.add_scatter(
        x=hull["concentration"], y=hull["calculated"], mode="lines", name="convex hull of the data",
        line={"color": INK, "width": 1.5}, hoverinfo="skip",
    )  # fmt: skip
    return Figure(
        title="Which structures are stable? The convex hull",
        plot=style(plot, f"share of {second}", ENERGY),
        reading=read_hull(hull),
        caption=f"{rows.height} structures of {alloy.label}, energies relative to the pure "
        f"elements of the same source; predictions are out of sample (random 10-fold, "
        f"n = {rows['predicted'].count()}).{note}",
        sql=sql.strip(),
    )


def draw_learning_curve(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Validation error against the number of structures in training."""
    sql = f"""
select model, setting as n_training, value, standard_error, n
from marts.curves
where study = 'cluster_expansion' and dataset = '{alloy}' and curve = 'learning'
    and part = 'validation'
order by model, n_training"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for number, ((model,), part) in enumerate(rows.group_by("model", maintain_order=True)):
        plot.add_scatter(
            x=part["n_training"], y=part["value"], mode="lines+markers",
            name=AlloyModel.label_of(str(model)),
            marker={"symbol": number, "size": 9}, error_y={"array": part["standard_error"]},
            hovertemplate="%{x} structures: %{y:.1f} meV/atom<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    last = rows.filter(pl.col("n_training") == rows["n_training"].max()).sort("value")
    best = last.row(0, named=True)
    own = rows.filter(model=best["model"]).sort("n_training")
    before = own.row(-2, named=True)
    gain, error = read_gain(connection, alloy, best["model"], best["n_training"])
    return Figure(
        title="Would more structures help?",
        plot=style(plot, "structures in training", f"validation {Metric.RMSE.axis}"),
        reading=f"{AlloyModel.label_of(best['model']).capitalize()} is best with most structures: "
        f"from {before['n_training']:.0f} to {best['n_training']:.0f} structures its error goes "
        f"from {before['value']:.1f} to {best['value']:.1f} meV/atom: a gain of {gain:.2f} ± "
        f"{error:.2f} (standard error, paired over the folds), "
        + ("so it is still falling." if gain > 2 * error else "which may be chance."),
        caption=f"Random parts of training folds outside the locked test (n = {best['n']} "
        "validated); bars are standard errors over the folds.",
        sql=sql.strip(),
    )


def draw_groups(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """Error against composition, of more than two elements by their number, and cell sizes."""
    from plotly.subplots import make_subplots

    is_binary = len(alloy.end_members) == 2
    setting = "round(concentration, 3)" if is_binary else "n_elements"
    sql = f"""
select
    'composition' as what, {setting} as setting,
    1000 * sqrt(avg(prediction_error ** 2)) as rmse, count(distinct structure_id) as n
from marts.cluster_expansion_predictions
where alloy = '{alloy}' and is_selected and split = 'training_10_fold'
group by all
union all
select
    'size' as what, n_atoms as setting,
    1000 * sqrt(avg(prediction_error ** 2)) as rmse, count(distinct structure_id) as n
from marts.cluster_expansion_predictions
where alloy = '{alloy}' and is_selected and split = 'training_10_fold'
group by all
order by what, setting"""
    rows = read_rows(connection, sql)
    shown = ["composition", "size"] if rows.filter(what="size").height > 1 else ["composition"]
    plot = make_subplots(1, len(shown), shared_yaxes=True, horizontal_spacing=0.06)
    for column, what in enumerate(shown, start=1):
        part = rows.filter(what=what)
        plot.add_scatter(
            x=part["setting"], y=part["rmse"], mode="markers", row=1, col=column, showlegend=False,
            marker={"size": 6 + 2 * np.sqrt(part["n"].to_numpy()), "color": COLOURS[column - 1]},
            customdata=part["n"],
            hovertemplate="%{y:.1f} meV/atom, n = %{customdata}<extra></extra>",
        )  # fmt: skip
    style(plot, "", "", 420)
    axis = (
        {"title": f"share of {alloy.second}"}
        if is_binary
        else {"title": "elements in the cell", "dtick": 1}
    )
    plot.update_xaxes(col=1, **axis)
    if "size" in shown:
        plot.update_xaxes(title="atoms in the cell", dtick=1, col=2)
    plot.update_yaxes(title=Metric.RMSE.axis, rangemode="tozero", col=1)
    large = rows.filter(pl.col("n") >= 5)
    worst = large.filter(what="composition").sort("rmse").row(-1, named=True)
    worst_name = (
        f"a share of {worst['setting']:g} {alloy.second}"
        if is_binary
        else f"structures of {worst['setting']:g} elements"
    )
    return Figure(
        title="Where is it worst?",
        plot=plot,
        reading=f"Of the {'compositions' if is_binary else 'numbers of elements'} with at least "
        f"five structures, {worst_name} {'has' if is_binary else 'have'} the highest error, "
        f"{worst['rmse']:.1f} meV/atom (n = {worst['n']}).",
        caption=f"{alloy.label}; predictions of structures not seen, ten folds outside the locked "
        "test. Larger markers stand for more structures.",
        sql=sql.strip(),
    )
