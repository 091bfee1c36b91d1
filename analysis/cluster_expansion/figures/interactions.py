"""What do the weights mean?"""

import duckdb
import plotly.graph_objects as go
import polars as pl

from analysis.cluster_expansion.figures.quoted_numbers import (
    read_determined,
    read_nearest_pair,
    read_rank,
    read_selected,
)
from analysis.cluster_expansion.labels import AlloyModel, AlloyQuantity
from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS, GREY, INK, Figure, style
from warehouse.conventions.alloys import Alloy

ORDER_NAMES = {2: "pairs", 3: "triplets", 4: "quadruplets", 5: "quintuplets"}
SHELLS_SQL = """
with ordered as (
    select
        structure_id, cluster_vector,
        case when n_atoms = 2 then 'L1₀' else 'L1₂' end || ' ' || formula as name
    from marts.cluster_expansion_training
    where alloy = '{alloy}' and n_atoms in (2, 4)
        and cluster_space_id = (
            select any_value(cluster_space_id) from marts.effective_cluster_interactions
            where alloy = '{alloy}' and is_selected
        )
        and abs(cluster_vector[3] - if(n_atoms = 2, -1.0 / 3, 0)) < 1e-9
        and abs(cluster_vector[4] - 1) < 1e-9
),
terms as (
    select
        ordered.name, interactions.cluster_order, interactions.parameter,
        dense_rank() over (
            partition by ordered.name, cluster_order order by cluster_diameter
        ) as shell,
        ordered.cluster_vector[interactions.orbit_index + 1] as correlation,
        ordered.cluster_vector[2] ** cluster_order as random_correlation,
        if(cluster_order % 2 = 1, ordered.cluster_vector[2], 1) as line
    from ordered
    inner join marts.effective_cluster_interactions as interactions
        on interactions.alloy = '{alloy}' and interactions.is_selected
    where interactions.cluster_order >= 2
)
select
    name,
    case
        when cluster_order = 2 and shell <= 4 then 'pair shell ' || shell
        when cluster_order = 2 then 'longer pairs'
        when cluster_order = 3 then 'triplets'
        else 'larger clusters'
    end as part,
    1000 * sum(parameter * (correlation - line)) as ordered,
    1000 * sum(parameter * (random_correlation - line)) as random,
    ordered - random as gain
from terms
group by all
order by name, min(cluster_order), min(shell)"""


def draw_interactions(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure:
    """Effective cluster interactions with their intervals, against the size of the cluster."""
    sql = f"""
select
    origin, orbit_index, cluster_order, multiplicity, cluster_radius, cluster_diameter,
    1000 * effective_cluster_interaction as interaction,
    1000 * lower_bound as lower_bound, 1000 * upper_bound as upper_bound, n_draws
from marts.interaction_intervals
where alloy = '{alloy}' and cluster_order >= 2
order by orbit_index, origin desc"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    origins = rows["origin"].unique(maintain_order=True).to_list()
    for place, origin in enumerate(origins):
        for (order,), part in rows.filter(origin=origin).group_by(
            "cluster_order", maintain_order=True
        ):
            plot.add_scatter(
                x=part["cluster_radius"] + 0.04 * place, y=part["interaction"], mode="markers",
                name=f"{ORDER_NAMES.get(order, f'{order} sites')}, {origin}",
                marker={"size": 7, "color": COLOURS[order - 2],
                        "symbol": ("circle", "circle-open")[place]},
                error_y={"array": part["upper_bound"] - part["interaction"],
                         "arrayminus": part["interaction"] - part["lower_bound"],
                         "thickness": 1.2, "width": 0},
                customdata=part.select("orbit_index", "multiplicity", "cluster_diameter",
                                       "lower_bound", "upper_bound").to_numpy(),
                hovertemplate="orbit %{customdata[0]:d}, %{customdata[1]:d} per site"
                "<br>longest distance %{customdata[2]:.2f} Å<br>ECI %{y:.2f} meV"
                "<br>90 %: %{customdata[3]:.2f} to %{customdata[4]:.2f}<extra></extra>",
            )  # fmt: skip
    plot.add_hline(y=0, line={"color": GREY, "width": 1})
    first = rows.filter(origin=origins[0])
    clear = first.filter((pl.col("lower_bound") > 0) | (pl.col("upper_bound") < 0)).height
    return Figure(
        title="Interactions and how sure they are",
        plot=style(plot, AlloyQuantity.CLUSTER_RADIUS.axis, AlloyQuantity.INTERACTION.axis, 540),
        reading=f"{read_nearest_pair(connection, alloy)} By the {origins[0]} intervals, {clear} of "
        f"{first.height} interactions differ from zero.",
        caption=f"{read_selected(connection, alloy).label.capitalize()} on {alloy.label}, fitted "
        "to all but the locked test. Bars hold 90 % of "
        f"{first['n_draws'][0]} draws each. An effective cluster interaction is a parameter "
        "divided by its orbit's multiplicity; the radius is the sites' mean distance from their "
        "centre. The second set of points is shifted to be seen.",
        sql=sql.strip(),
    )


def draw_determined(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """How much of each interaction the data determine."""
    sql = f"""
select
    interactions.orbit_index, interactions.cluster_order, interactions.cluster_radius,
    curves.value as determined_share, curves.n
from marts.curves as curves
inner join marts.effective_cluster_interactions as interactions
    on interactions.alloy = curves.dataset and interactions.model = curves.model
    and interactions.orbit_index = curves.setting
where curves.study = 'cluster_expansion' and curves.dataset = '{alloy}'
    and curves.curve = 'determined'
order by interactions.orbit_index"""
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    for (order,), part in rows.group_by("cluster_order", maintain_order=True):
        plot.add_scatter(
            x=part["cluster_radius"], y=part["determined_share"], mode="markers",
            name=ORDER_NAMES.get(order, f"{order} sites"),
            marker={"size": 8, "color": COLOURS[order - 2], "opacity": 0.75},
            customdata=part["orbit_index"],
            hovertemplate="orbit %{customdata}<br>%{y:.0%} determined<extra></extra>",
        )  # fmt: skip
    told = read_rank(connection, alloy)
    plot.update_yaxes(tickformat=".0%", range=[-0.02, 1.05])
    return Figure(
        title="Which interactions do the data determine at all?",
        plot=style(
            plot, AlloyQuantity.CLUSTER_RADIUS.axis, "prior variance taken away by the data"
        ),
        reading=f"{read_determined(connection, alloy)} {told}",
        caption="One less the ratio of posterior to prior variance of each parameter; "
        f"n = {rows['n'][0]} structures.",
        sql=sql.strip(),
    )


def draw_agreement(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """The nearest pairs and the smallest triplet in every method.

    None of more than two elements, of which the sign of one interaction says nothing.
    """
    if len(alloy.end_members) > 2:
        return None
    sql = f"""
with smallest as (
    select distinct orbit_index, cluster_order, cluster_radius
    from marts.effective_cluster_interactions
    where alloy = '{alloy}' and cluster_order between 2 and 4
    qualify row_number() over (
        partition by model, cluster_order order by cluster_radius, orbit_index
    ) <= if(cluster_order = 2, 4, 2)
)
select model, orbit_index, cluster_order, 1000 * effective_cluster_interaction as interaction
from marts.effective_cluster_interactions
where alloy = '{alloy}' and orbit_index in (select orbit_index from smallest)
order by model, orbit_index"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    for number, ((model,), part) in enumerate(rows.group_by("model", maintain_order=True)):
        names = [
            f"{ORDER_NAMES.get(order, str(order))[:-1]} {orbit}"
            for order, orbit in part.select("cluster_order", "orbit_index").iter_rows()
        ]
        plot.add_scatter(
            x=names, y=part["interaction"], mode="markers", name=AlloyModel.label_of(str(model)),
            marker={"size": 10, "symbol": number, "color": COLOURS[number % len(COLOURS)]},
            hovertemplate="%{x}: %{y:.2f} meV<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    plot.add_hline(y=0, line={"color": GREY, "width": 1})
    signs = rows.group_by("orbit_index").agg(
        pl.col("interaction").filter(pl.col("interaction").abs() > 0.05).sign().n_unique()
    )
    same = signs.filter(pl.col("interaction") <= 1).height
    return Figure(
        title="Where the methods agree, and where each goes its own way",
        plot=style(plot, "orbit", AlloyQuantity.INTERACTION.axis),
        reading=f"Of the {signs.height} most compact clusters, {same} have the same sign in every "
        "method that does not set them to zero. An interaction on whose sign the methods "
        "disagree should not be read as physics.",
        caption=f"{alloy.label}; all fitted to the same structures outside the locked test. "
        "Interactions below 0.05 meV count as zero.",
        sql=sql.strip(),
    )


def draw_shells(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """What each shell gains by order, against the random alloy of the same composition.

    None of more than two elements: L1₀ and L1₂ are known by the spins of two.
    """
    if len(alloy.end_members) > 2 or not alloy.is_plain:
        return None
    sql = SHELLS_SQL.format(alloy=alloy)
    rows = read_rows(connection, sql)
    if rows.is_empty():
        return None
    plot = go.Figure()
    shades = (*COLOURS, GREY, INK)
    for number, part in enumerate(rows["part"].unique(maintain_order=True)):
        own = rows.filter(part=part)
        plot.add_bar(
            x=own["name"], y=own["gain"], name=part, marker={"color": shades[number]},
            customdata=own.select("ordered", "random").to_numpy(),
            hovertemplate="%{x}<br>%{fullData.name}: %{y:.1f} meV/atom<br>ordered "
            "%{customdata[0]:.1f}, random %{customdata[1]:.1f}<extra></extra>",
        )  # fmt: skip
    totals = rows.group_by("name", maintain_order=True).agg(
        pl.col("ordered", "random", "gain").sum(), first=pl.col("gain").first()
    )
    plot.add_scatter(
        x=totals["name"], y=totals["gain"], mode="markers", name="sum",
        marker={"symbol": "diamond", "size": 12, "color": "white",
                "line": {"color": "black", "width": 2}},
        hovertemplate="%{x}: %{y:.1f} meV/atom in all<extra></extra>",
    )  # fmt: skip
    plot.update_layout(barmode="relative")
    told = "; ".join(
        f"{row['name']} {row['ordered']:.1f}, random {row['random']:.1f}, of whose difference the "
        f"first pair shell gives {row['first']:.1f}"
        for row in totals.iter_rows(named=True)
    )
    return Figure(
        title="What each shell gains by order",
        plot=style(plot, "", "ordered less random (meV/atom)", 520),
        reading=f"Formation energies by the model, in meV/atom: {told}.",
        caption="Each orbit's parameter times what order adds to its correlation. In the random "
        "alloy of the same composition, with a share x of the second element, the correlation of "
        "k sites is (1 − 2x)^k.",
        sql=sql.strip(),
    )
