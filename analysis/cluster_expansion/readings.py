"""Sentences of the cluster-expansion page that follow from numbers."""

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.pages import label

HSE06 = {"AuCu": ("L1₀ AuCu", -91.0), "AuCu3": ("L1₂ Cu₃Au", -71.0)}
"""Structure and formation energy in meV/atom: Zhang, Kresse and Wolverton 2014,
doi:10.1103/PhysRevLett.112.075502."""


def read_nearest_pair(connection: duckdb.DuckDBPyConnection, alloy: str) -> str:
    """What the methods say of the nearest-neighbour pair, and how far they agree."""
    rows = read_rows(
        connection,
        """
        select model, is_selected, 1000 * effective_cluster_interaction as interaction
        from marts.effective_cluster_interactions
        where alloy = ? and cluster_order = 2
        qualify cluster_diameter = min(cluster_diameter) over (partition by model)
        order by interaction
        """,
        [alloy],
    )
    chosen = rows.filter("is_selected")["interaction"][0]
    favours = {1: "unlike neighbours", -1: "like neighbours", 0: "neither like nor unlike ones"}
    each = ", ".join(f"{label(row['model'])} {row['interaction']:.1f}" for row in rows.to_dicts())
    agreed = "the same sign" if rows["interaction"].sign().n_unique() == 1 else "different signs"
    return (
        f"The nearest-neighbour pair favours {favours[int(np.sign(chosen))]}: its interaction is "
        f"{chosen:.1f} meV. The methods give it {agreed} but not one size ({each} meV): there are "
        "fewer independent data than interactions, so each method shares the energy out among "
        "them in its own way."
    )


def read_hull(hull: pl.DataFrame) -> str:
    """Vertices of the hull, sorted by concentration, and how firmly each one is there."""
    depth = np.zeros(hull.height)
    x, y = hull["concentration"].to_numpy(), hull["calculated"].to_numpy()
    between = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    depth[1:-1] = y[:-2] + between * (y[2:] - y[:-2]) - y[1:-1]
    listed = [
        f"{formula} ({energy:.1f}, {below:.1f} below the line between its neighbours)"
        for formula, energy, below in zip(hull["formula"], y, depth, strict=True)
        if below > 0
    ]
    if not listed:
        return "No structure of this set is lower in energy than the separate elements at 0 K."
    return (
        f"On the hull of this set at 0 K, in meV/atom: {'; '.join(listed)}. One that is less "
        "than about 1 meV/atom deep is too shallow to be sure of. A structure above "
        "the hull is unstable against its neighbours on it."
    )


def read_choice(connection: duckdb.DuckDBPyConnection, alloy: str) -> str:
    """How clearly the chosen method won on the split that chooses."""
    rows = read_rows(
        connection,
        """
        select model, value, std / sqrt(10) as standard_error
        from marts.metrics
        where study = 'cluster_expansion' and dataset = ?
            and split = 'training_10_fold' and metric = 'rmse' and model <> 'nested_choice'
        order by value
        """,
        [alloy],
    ).to_dicts()
    if len(rows) < 2:
        return ""
    first, second = rows[:2]
    lead = second["value"] - first["value"]
    error = first["standard_error"]
    verdict = "less, so the choice is a tie" if lead < error else "more"
    return (
        f"{label(first['model']).capitalize()} leads {label(second['model'])} by {lead:.2f} "
        f"meV/atom. The standard error of its own score over ten folds is {error:.2f}: the lead is "
        f"{verdict}."
    )


def read_functional_error(connection: duckdb.DuckDBPyConnection, alloy: str) -> str:
    """How far the energies of ordered Au-Cu are from those of a better functional."""
    rows = read_rows(
        connection,
        """
        select composition_group, 1000 * min(formation_energy_per_atom) as energy
        from marts.ground_states
        where alloy = ? and list_contains(?, composition_group)
        group by composition_group
        order by composition_group
        """,
        [alloy, list(HSE06)],
    )
    return " and ".join(
        f"{energy:.0f} meV/atom for {HSE06[group][0]}, which is {energy / HSE06[group][1]:.0%} of "
        f"HSE06's {HSE06[group][1]:.0f}"
        for group, energy in rows.iter_rows()
    )
