"""What is drawn of alloys of more than two elements instead of a line of compositions."""

import json
from collections.abc import Sequence
from itertools import combinations

import duckdb
import numpy as np
import plotly.graph_objects as go
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.pages.figure import INK, Figure, style
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.point_functions import point_functions


def draw_triangle(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> Figure | None:
    """Lowest formation energy at each composition of three elements, and the corners of the hull.

    Of two species on each of two sublattices it is a square instead. None of more.
    """
    if len(alloy.end_members) != 3:
        return None
    is_square = len(alloy.sublattices[0]) == 2
    sql = f"""
select
    concentrations[1] as first, concentrations[2] as second, concentrations[3] as third,
    arg_min(composition_group, formation_energy_per_atom) as formula,
    arg_min(structure_id, formation_energy_per_atom) as structure_id,
    1000 * min(formation_energy_per_atom) as energy,
    1000 * min(energy_above_hull) as above_hull,
    bool_or(is_on_hull) as is_on_hull
from marts.ground_states
where alloy = '{alloy}'
group by all
order by energy, formula"""
    rows = read_rows(connection, sql)
    hull = rows.filter("is_on_hull")
    plot = go.Figure()
    for part, name, marker in (
        (rows, "lowest structure", {"size": 9, "color": rows["energy"].to_list()}),
        (hull, "on the convex hull", {"size": 15, "symbol": "circle-open", "color": INK}),
    ):
        if name == "lowest structure":
            marker |= {"colorscale": "Viridis", "colorbar": {"title": {"text": "meV/atom"}}}
        axes = {"a": part["third"], "b": part["first"], "c": part["second"]}
        draw = plot.add_scatter if is_square else plot.add_scatterternary
        draw(
            **({"x": part["second"], "y": part["third"]} if is_square else axes),
            mode="markers", name=name, marker=marker, cliponaxis=False,
            customdata=part.select("formula", "structure_id", "energy", "above_hull").to_numpy(),
            hovertemplate="%{customdata[0]} (%{customdata[1]})<br>%{customdata[2]:.1f} meV/atom, "
            "%{customdata[3]:.1f} above the hull<extra></extra>",
        )  # fmt: skip
    if is_square:
        one, other = (f"share of {species}" for _, species in alloy.sublattices[:2])
        style(plot, one, other, 560).update_layout(legend={"orientation": "h", "y": 1.08})
    else:
        corners = dict(zip("bca", alloy.sublattices[0], strict=True))
        titles = {f"{corner}axis": {"title": {"text": name}} for corner, name in corners.items()}
        plot.update_layout(
            template="none", height=560, ternary={"sum": 1, **titles}, legend={"x": 0, "y": 1}
        )
    named = [
        f"{formula} ({energy:.1f})"
        for formula, energy, share in hull.select("formula", "energy", "first").iter_rows()
        if energy < 0
    ]
    between = (pl.col("second") > 0) & (pl.col("third") > 0)
    between &= (pl.col("second") < 1) & (pl.col("third") < 1) if is_square else pl.col("first") > 0
    of_all, inside = rows.filter(between), hull.filter(between)
    species = "four species" if is_square else "all three elements"
    return Figure(
        title="Which structures are stable? The convex hull",
        plot=plot,
        reading=f"On the hull of this set at 0 K, in meV/atom: {', '.join(named) or 'none'}. "
        f"Of {of_all.height} compositions of {species} {inside.height} "
        f"{'lies' if inside.height == 1 else 'lie'} on it.",
        caption=f"The lowest of the structures of {alloy.label} at each of {rows.height} "
        "compositions, energies relative to the corners of the same source.",
        sql=sql.strip(),
    )


def read_bonds(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """Which of more than two elements the chosen model likes as nearest neighbours.

    One interaction of point functions has no such meaning, since these could be chosen otherwise;
    what a bond of two elements costs beside the mean of a bond between equal ones has.
    """
    rows = read_rows(
        connection,
        """
        with nearest as (
            select
                orbits.point_functions, orbits.multiplicity,
                1000 * effective_cluster_interaction as interaction
            from marts.effective_cluster_interactions as interactions
            inner join staging.orbits as orbits using (cluster_space_id, orbit_index)
            where alloy = ? and is_selected and interactions.cluster_order = 2
            qualify round(cluster_diameter, 6) = min(round(cluster_diameter, 6)) over ()
        )
        -- Of hcp two orbits are as near: the mean of both.
        select list_sort(point_functions), sum(multiplicity * interaction) / sum(multiplicity)
        from nearest
        group by all
        """,
        [alloy.name],
    )
    species = alloy.sublattices[0]
    if len(alloy.end_members) > len(species):  # The nearest pair is of two sublattices.
        return ""
    costs = find_bond_costs(len(species), rows.rows())
    told = [
        f"{species[i]}–{species[j]} {costs[i, j]:.1f}"
        for i, j in combinations(range(len(species)), 2)
    ]
    return (
        "What a nearest-neighbour pair of two elements costs, less the mean of pairs of each with "
        f"its like, by the chosen method's pairs alone: {', '.join(told)} meV; below zero they "
        "like each other. A point is the interaction of one choice of point functions, which could "
        "be chosen otherwise: its sign says nothing alone."
    )


def read_likeness(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """How much elements differ to the chosen model's prior and noise, where it learned that."""
    rows = read_rows(
        connection,
        "select hyperparameters from marts.cluster_expansion_models where alloy = ? and "
        "is_selected",
        [alloy.name],
    )
    told = json.loads(rows.item()) if rows.height == 1 else {}
    species = alloy.sublattices[0]

    def list_pairs(name: str, scale: float = 1.0) -> str:
        return ", ".join(
            f"{species[i]} and {species[j]} {scale * told[f'{name}_{i}_{j}']:.2f}"
            for i, j in combinations(range(len(species)), 2)
        )

    if "noise_energy_0_1" not in told:
        return ""
    return (
        "How much a change of one element for another is expected to change an energy, learned "
        "from the energies, beside the mean of all pairs: by interactions that reach further, "
        f"{list_pairs('far_unlikeness')}; by the others, {list_pairs('near_unlikeness')}. What no "
        "interactions explain, at equal amounts of two elements, in meV/atom: "
        f"{list_pairs('noise_energy', 1000)}."
    )


def find_bond_costs(
    n_elements: int, interactions: Sequence[tuple[Sequence[int], float]]
) -> FloatArray:
    """What a bond costs less the mean of those between equal elements (n_elements, n_elements).

    `interactions` are the effective ones of the pairs of one shell, by their two point functions.
    """
    values = point_functions(n_elements)
    energies = np.zeros((n_elements, n_elements))
    for (one, other), interaction in interactions:
        bond = interaction * np.outer(values[:, one], values[:, other])
        energies += bond if one == other else bond + bond.T
    own = np.diag(energies)
    return energies - (own[:, None] + own) / 2
