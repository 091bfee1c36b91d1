"""What do L1, L2 and their mixing ratio do?"""

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.cluster_expansion.labels import AlloyQuantity
from analysis.datasets import read_rows
from analysis.labels import Metric
from analysis.pages.figure import COLOURS, Figure, style
from warehouse.conventions.alloys import Alloy

STRENGTH = "strength α"
WIDE = 12
"""Errors that lie further above the lowest of validation are drawn on a logarithmic axis."""
SHOWN_BELOW = 5
"""Such an axis ends at this part of it."""


def draw_paths(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """Parameters of ridge and lasso along the strength."""
    from plotly.subplots import make_subplots

    sql = f"""
with largest as (
    select orbit_index
    from marts.effective_cluster_interactions
    where alloy = '{alloy}' and is_selected and cluster_order >= 2
    order by abs(parameter) desc, orbit_index
    limit 10
)
select model, strength, orbit_index, cluster_order, 1000 * parameter as parameter
from marts.interaction_paths
where alloy = '{alloy}' and l1_ratio in (0, 1)
    and orbit_index in (select orbit_index from largest)
order by model desc, orbit_index, strength"""
    rows = read_rows(connection, sql)
    plot = make_subplots(1, 2, shared_yaxes=True, subplot_titles=("ridge (L2)", "lasso (L1)"))
    dashes = {2: "solid", 3: "dash", 4: "dot"}
    orbits = rows["orbit_index"].unique().sort().to_list()
    for (model, orbit), part in rows.group_by("model", "orbit_index", maintain_order=True):
        order = int(part["cluster_order"][0])
        plot.add_scatter(
            x=part["strength"], y=part["parameter"], mode="lines", row=1,
            col=1 if model == "ridge" else 2, name=f"orbit {orbit}, {order} sites",
            showlegend=model == "ridge",
            line={"color": COLOURS[orbits.index(orbit) % len(COLOURS)],
                  "dash": dashes.get(order, "dashdot")},
            hovertemplate=f"orbit {orbit}<br>α %{{x:.2g}}<br>%{{y:.2f}} meV/atom<extra></extra>",
        )  # fmt: skip
    style(plot, STRENGTH, "", 520)
    plot.update_xaxes(type="log", dtick=1)
    plot.update_yaxes(title=AlloyQuantity.PARAMETER.axis, col=1)
    plot.update_layout(margin={"t": 40})
    counts = read_rows(
        connection,
        "select min(value)::int as fewest, max(value)::int as most from marts.curves where "
        f"study = 'cluster_expansion' and dataset = '{alloy}' and curve = 'strength' "
        "and metric = 'non_zero' and model = 'lasso'",
    ).row(0)
    return Figure(
        title="Ridge shrinks every interaction, lasso drops them one by one",
        plot=plot,
        reading="To the right the penalty is strong. L2 makes all parameters small together and "
        "none of them zero; L1 sets one after the other to exactly zero: along its path the lasso "
        f"keeps from {counts[0]} to {counts[1]} of them.",
        caption="The ten largest parameters of the chosen model; fitted to all structures outside "
        "the locked test. Energies and correlations are scaled to unit standard deviation; α is "
        "the factor of the penalty (for ridge, half the squares).",
        sql=sql.strip(),
    )


def draw_errors(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """Training and validation error and number of parameters along the strength."""
    from plotly.subplots import make_subplots

    sql = f"""
select model, setting as strength, part, metric, value, standard_error, n
from marts.curves
where study = 'cluster_expansion' and dataset = '{alloy}' and curve = 'strength'
    and model in ('ridge', 'lasso')
order by model desc, metric, part, strength"""
    rows = read_rows(connection, sql)
    plot = make_subplots(
        2, 2, shared_xaxes="columns", shared_yaxes="rows", row_heights=[0.65, 0.35],
        vertical_spacing=0.06, subplot_titles=("ridge (L2)", "lasso (L1)"),
    )  # fmt: skip
    for (model, part, metric), curve in rows.group_by(
        "model", "part", "metric", maintain_order=True
    ):
        place = {"row": 1 if metric == "rmse" else 2, "col": 1 if model == "ridge" else 2}
        colour = {"training": COLOURS[1], "validation": COLOURS[0]}[part]
        if metric != "rmse":
            colour = COLOURS[2]
        if part == "validation":
            edge = pl.concat(
                [
                    curve["value"] + curve["standard_error"],
                    (curve["value"] - curve["standard_error"]).reverse(),
                ]
            )
            plot.add_scatter(
                x=pl.concat([curve["strength"], curve["strength"].reverse()]), y=edge,
                fill="toself", mode="none", fillcolor="rgba(0,114,178,0.18)", hoverinfo="skip",
                name="± standard error", showlegend=model == "ridge", **place,
            )  # fmt: skip
        name = f"{part} error" if metric == "rmse" else "parameters not zero"
        plot.add_scatter(
            x=curve["strength"], y=curve["value"], mode="lines", name=name,
            showlegend=model == "ridge", line={"color": colour}, **place,
        )  # fmt: skip
    style(plot, "", "", 560)
    plot.update_xaxes(type="log", dtick=1)
    plot.update_xaxes(title=STRENGTH, row=2)
    highest = 1.05 * float(rows.filter(metric="rmse")["value"].to_numpy().max())
    turn = float(rows.filter(metric="rmse", part="validation")["value"].to_numpy().min())
    if highest > WIDE * turn > 0:
        # A fit to fewer structures than parameters has a training error of next to nothing.
        ends = np.log10([turn / SHOWN_BELOW, highest]).tolist()
        plot.update_yaxes(type="log", dtick="D2", range=ends, row=1)
    else:
        plot.update_yaxes(range=[0, highest], row=1)
    plot.update_yaxes(title=Metric.RMSE.axis, row=1, col=1)
    most = 1.08 * float(rows.filter(metric="non_zero")["value"].to_numpy().max())
    plot.update_yaxes(range=[0, most], row=2)
    plot.update_yaxes(title="parameters", row=2, col=1)
    plot.update_layout(margin={"t": 40})
    best = {
        row["model"]: row
        for row in rows.filter(part="validation").sort("value", descending=True).to_dicts()
    }
    kept = rows.filter(
        pl.col("metric") == "non_zero",
        pl.col("model") == "lasso",
        pl.col("strength") == best["lasso"]["strength"],
    )["value"][0]

    def at_edge(model: str) -> str:
        weakest = rows.filter(model=model, part="validation")["strength"][0]
        return ", the weakest of its path" if best[model]["strength"] == weakest else ""

    told = " and ".join(
        f"{model} at α = {best[model]['strength']:.2g} with {best[model]['value']:.1f} ± "
        f"{best[model]['standard_error']:.1f} meV/atom{at_edge(model)}"
        for model in ("ridge", "lasso")
    )
    return Figure(
        title="Too weak a penalty learns the noise, too strong a one learns nothing",
        plot=plot,
        reading=f"The training error only falls as the penalty weakens; the validation error "
        f"turns. It is lowest for {told}. There the lasso keeps {kept:.0f} parameters.",
        caption=f"Folds outside the locked test (n = {best['lasso']['n']}); the band is one "
        "standard error over the folds. These are errors along the path, not of a choice on it.",
        sql=sql.strip(),
    )


def draw_heat_map(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """Validation error over mixing ratio and strength."""
    sql = f"""
select
    cast(curves.series as double) as l1_ratio,
    curves.setting / max(curves.setting) over (partition by curves.series) as share_of_strongest,
    curves.setting as strength, curves.value, curves.standard_error, curves.n,
    excess.value as excess, excess.standard_error as excess_error
from marts.curves as curves
inner join marts.curves as excess using (study, dataset, series, setting, part, metric)
where study = 'cluster_expansion' and dataset = '{alloy}' and curves.curve = 'strength'
    and excess.curve = 'excess'
order by l1_ratio, strength"""
    rows = read_rows(connection, sql)
    best = rows.sort("value").row(0, named=True)
    inside = rows.filter(pl.col("excess") <= pl.col("excess_error"))
    ratios = rows["l1_ratio"].unique(maintain_order=True).to_list()
    shape = (len(ratios), -1)
    x = rows.filter(l1_ratio=ratios[-1])["share_of_strongest"]
    plot = go.Figure()
    plot.add_heatmap(
        x=x, y=[f"{ratio:g}" for ratio in ratios], z=rows["value"].to_numpy().reshape(shape),
        zmin=best["value"], zmax=2 * best["value"], colorscale="Cividis",
        colorbar={"title": Metric.RMSE.axis.replace(" (", "<br>(")},
        customdata=np.stack(
            [rows[name].to_numpy().reshape(shape) for name in ("standard_error", "strength")], -1
        ),
        hovertemplate="ratio %{y}, α = %{customdata[1]:.2g}<br>%{z:.2f} ± %{customdata[0]:.2f} "
        "meV/atom<extra></extra>",
    )  # fmt: skip
    plot.add_scatter(
        x=inside["share_of_strongest"], y=[f"{r:g}" for r in inside["l1_ratio"]], mode="markers",
        name="less than a paired standard error above the lowest", hoverinfo="skip",
        marker={"symbol": "circle", "color": "white", "size": 6,
                "line": {"color": "black", "width": 1}},
    )  # fmt: skip
    plot.add_scatter(
        x=[best["share_of_strongest"]], y=[f"{best['l1_ratio']:g}"], mode="markers",
        name="lowest", marker={"symbol": "star", "color": "white", "size": 15,
                               "line": {"color": "black", "width": 1}},
    )  # fmt: skip
    style(plot, "strength as a share of the one that leaves nothing", "share of L1", 520)
    plot.update_xaxes(type="log", dtick=1)
    plot.update_yaxes(type="category")
    return Figure(
        title="Strength and mixing ratio together",
        plot=plot,
        reading=f"The lowest validation error is {best['value']:.2f} ± "
        f"{best['standard_error']:.2f} meV/atom at a share of {best['l1_ratio']:g}; "
        f"{inside.height} of {rows.height} settings, "
        f"with {inside['l1_ratio'].n_unique()} of {len(ratios)} mixing ratios among them, lie "
        "above it by less than one standard error of the difference, paired over the folds.",
        caption=f"Folds outside the locked test (n = {best['n']}). Colours end at twice the "
        "lowest error.",
        sql=sql.strip(),
    )
