"""Figures of the cluster-expansion page, each drawn from one query that the page shows."""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.cluster_expansion.readings import read_hull, read_nearest_pair
from analysis.datasets import read_rows
from analysis.pages import COLOURS, Figure, label, style

ORDER_NAMES = {2: "pairs", 3: "triplets", 4: "quadruplets", 5: "quintuplets"}
ENERGY = "formation energy (meV/atom)"


def make_figures(connection: duckdb.DuckDBPyConnection, alloy: str) -> list[Figure]:
    """All figures of the page on `alloy`, in order."""
    return [
        draw_parity(connection, alloy),
        draw_interactions(connection, alloy),
        draw_hull(connection, alloy),
        draw_scores(connection, alloy),
    ]


def draw_parity(connection: duckdb.DuckDBPyConnection, alloy: str) -> Figure:
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
    plot = go.Figure()
    for split, colour in zip(("training", "locked_test"), COLOURS, strict=False):
        part = rows.filter(split=split)
        plot.add_scatter(
            x=part["calculated"],
            y=part["predicted"],
            mode="markers",
            name=f"{label(split)} (n = {part.height})",
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
        line={"color": "#888888", "width": 1},
    )
    errors = {
        split: float(np.sqrt(np.mean((part["predicted"] - part["calculated"]).to_numpy() ** 2)))
        for (split,), part in rows.group_by("split")
    }
    return Figure(
        title="How good is it? Predicted against calculated energies",
        plot=style(plot, f"calculated {ENERGY}", f"predicted {ENERGY}"),
        reading=f"The error is {errors['training']:.1f} meV/atom on what the model was fitted to "
        f"and {errors['locked_test']:.1f} meV/atom on what it had not seen: only the second figure "
        "says how good it is.",
        caption=f"{label(_selected(connection, alloy))} on {alloy}; each point is a "
        "structure, named under the cursor; the line is where both are equal.",
        sql=sql.strip(),
    )


def draw_interactions(connection: duckdb.DuckDBPyConnection, alloy: str) -> Figure:
    """Effective cluster interactions against the size of the cluster."""
    sql = f"""
select
    orbit_index, cluster_order, multiplicity, cluster_radius, cluster_diameter,
    1000 * effective_cluster_interaction as interaction
from marts.effective_cluster_interactions
where alloy = '{alloy}' and is_selected and cluster_order >= 2
order by orbit_index"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    for (order,), part in rows.filter(pl.col("interaction") != 0).group_by(
        "cluster_order", maintain_order=True
    ):
        plot.add_scatter(
            x=part["cluster_radius"],
            y=part["interaction"],
            mode="markers",
            name=ORDER_NAMES.get(order, f"{order} sites"),
            marker={"size": 10, "color": COLOURS[order - 2]},
            customdata=part.select("orbit_index", "multiplicity", "cluster_diameter").to_numpy(),
            hovertemplate="orbit %{customdata[0]:d}, %{customdata[1]:d} per site"
            "<br>longest distance %{customdata[2]:.2f} Å<br>ECI %{y:.2f} meV<extra></extra>",
        )
    plot.add_hline(y=0, line={"color": "#888888", "width": 1})
    kept = rows.filter(pl.col("interaction") != 0).height
    return Figure(
        title="What do the weights mean? Effective cluster interactions",
        plot=style(plot, "cluster radius (Å)", "effective cluster interaction (meV)"),
        reading=f"{read_nearest_pair(connection, alloy)} {kept} of {rows.height} interactions of "
        "two and more sites are not zero.",
        caption=f"{label(_selected(connection, alloy))} on {alloy}, fitted to the training part. "
        "An effective cluster interaction is a parameter divided by its orbit's multiplicity; "
        "zeros are left out. The radius is the sites' mean distance from their centre.",
        sql=sql.strip(),
    )


def draw_hull(connection: duckdb.DuckDBPyConnection, alloy: str) -> Figure:
    """Formation energy against composition, with the convex hull of the data."""
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
order by ground_states.concentration, calculated"""
    rows = read_rows(connection, sql)
    hull = rows.filter("is_on_hull")
    second = alloy.split("-")[1].capitalize()
    names = rows.select("formula", "structure_id", "above_hull").to_numpy()
    plot = go.Figure()
    for column, name, symbol in (
        ("calculated", "calculated (DFT)", "circle"),
        ("predicted", "predicted without having seen it", "x-thin-open"),
    ):
        plot.add_scatter(
            x=rows["concentration"], y=rows[column], mode="markers", name=name, customdata=names,
            marker={"symbol": symbol, "size": 8, "opacity": 0.8},
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>%{y:.1f} meV/atom, calculated "
            "%{customdata[2]:.1f} above the hull<extra></extra>",
        )  # fmt: skip
    plot.add_scatter(
        x=hull["concentration"], y=hull["calculated"], mode="lines", name="convex hull of the data",
        line={"color": "#333333", "width": 1.5}, hoverinfo="skip",
    )  # fmt: skip
    return Figure(
        title="Which structures are stable? The convex hull",
        plot=style(plot, f"share of {second}", ENERGY),
        reading=read_hull(hull),
        caption=f"{rows.height} structures of {alloy}, energies relative to the pure elements of "
        f"the same source; predictions are out of sample (random 10-fold, "
        f"n = {rows['predicted'].count()}).",
        sql=sql.strip(),
    )


def draw_scores(connection: duckdb.DuckDBPyConnection, alloy: str) -> Figure:
    """RMSE of every method on every split."""
    sql = f"""
select model, split, value, std, n
from marts.metrics
where study = 'cluster_expansion' and dataset = '{alloy}' and metric = 'rmse'
order by value"""
    rows = read_rows(connection, sql)
    splits = [
        "training", "training_10_fold", "locked_test", "random_10_fold",
        "leave_composition_out", "size_5_to_6",
    ]  # fmt: skip
    plot = go.Figure()
    for number, model in enumerate(sorted(rows["model"].unique())):
        part = {row["split"]: row for row in rows.filter(model=model).to_dicts()}
        shown = [split for split in splits if split in part]
        plot.add_scatter(
            x=[part[split]["value"] for split in shown],
            y=[label(split) for split in shown],
            mode="markers",
            name=label(model),
            marker={"size": 12, "symbol": number, "opacity": 0.8},
            customdata=[part[split]["n"] for split in shown],
            hovertemplate="%{x:.2f} meV/atom, n = %{customdata}<extra>%{fullData.name}</extra>",
        )
    order = [label(split) for split in reversed(splits)]
    plot.update_xaxes(type="log", tickvals=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100])
    plot.update_yaxes(categoryorder="array", categoryarray=order, showgrid=True)
    trained = rows.filter(split="training").sort("value").row(0, named=True)
    worst = rows.sort("value").row(-1, named=True)
    return Figure(
        title="Why a validation set? The same fits, asked harder questions",
        plot=style(plot, "RMSE (meV/atom, logarithmic)", ""),
        reading=f"The lowest error on training data is {trained['value']:.1f} meV/atom, by "
        f"{label(trained['model'])}; the highest of all is {worst['value']:.1f} meV/atom, by "
        f"{label(worst['model'])} on “{label(worst['split'])}”. How well a model fits what it was "
        "given does not tell how well it will predict. Only the chosen method is shown the locked "
        "test.",
        caption=f"{alloy}; hyperparameters chosen by cross-validation inside each training part; "
        "the number of structures is under the cursor.",
        sql=sql.strip(),
    )


def _selected(connection: duckdb.DuckDBPyConnection, alloy: str) -> str:
    rows = connection.execute(
        "select model from staging.models "
        "where study = 'cluster_expansion' and dataset = ? and is_selected",
        [alloy],
    ).fetchall()
    return str(rows[0][0])
