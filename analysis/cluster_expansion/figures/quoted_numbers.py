"""Sentences of the cluster-expansion page that follow from numbers."""

import duckdb
import numpy as np
import polars as pl

from analysis.cluster_expansion.figures.many_elements import read_bonds, read_likeness
from analysis.cluster_expansion.labels import AlloyModel
from analysis.datasets import read_rows
from analysis.metrics import paired_error
from warehouse.conventions.alloys import Alloy

HSE06 = {"AuCu": ("L1₀ AuCu", -91.0), "AuCu3": ("L1₂ Cu₃Au", -71.0)}
"""Structure and formation energy in meV/atom: Zhang, Kresse and Wolverton 2014,
doi:10.1103/PhysRevLett.112.075502."""
N_RESAMPLES = 2000


def read_nearest_pair(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """What the methods say of the nearest-neighbour pair, and how far they agree."""
    if len(alloy.end_members) > 2:
        told = (read(connection, alloy) for read in (read_bonds, read_likeness, read_rank))
        return " ".join(filter(None, told))
    rows = read_rows(
        connection,
        """
        select model, is_selected, 1000 * effective_cluster_interaction as interaction
        from marts.effective_cluster_interactions
        where alloy = ? and cluster_order = 2
        qualify cluster_diameter = min(cluster_diameter) over (partition by model)
        order by interaction
        """,
        [alloy.name],
    )
    chosen = rows.filter("is_selected")["interaction"][0]
    favours = {1: "unlike neighbours", -1: "like neighbours", 0: "neither like nor unlike ones"}
    each = ", ".join(
        f"{AlloyModel.label_of(row['model'])} {row['interaction']:.1f}" for row in rows.to_dicts()
    )
    agreed = "the same sign" if rows["interaction"].sign().n_unique() == 1 else "different signs"
    return (
        f"The nearest-neighbour pair favours {favours[int(np.sign(chosen))]}: its interaction is "
        f"{chosen:.1f} meV. The methods give it {agreed} but not one size ({each} meV). "
        f"{read_rank(connection, alloy)}"
    ).strip()


def read_rank(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """How many interactions the data can tell apart, if the cutoffs were scanned."""
    rows = read_rows(
        connection,
        """
        select setting, min(value) as lowest, max(value) as highest
        from marts.curves
        where study = 'cluster_expansion' and dataset = ? and curve = 'cutoffs'
            and metric in ('rank', 'highest_rank')
        group by setting
        order by setting desc limit 1
        """,
        [alloy.name],
    )
    if rows.is_empty():
        return ""
    free, lowest, highest = rows.row(0)
    ranks = f"{lowest:.0f}" if lowest == highest else f"{lowest:.0f} to {highest:.0f}"
    text = f"The training parts of the folds have a rank of {ranks} for {free:.0f} parameters"
    if highest >= free:
        return f"{text}: they tell all of them apart."
    return f"{text}: each method shares the energy out among them in its own way."


def read_determined(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """How many parameters the data determine by more than half."""
    most, n = connection.execute(
        "select count(*) filter (value > 0.5), count(*) from marts.curves "
        "where study = 'cluster_expansion' and dataset = ? and curve = 'determined'",
        [alloy.name],
    ).fetchall()[0]
    text = f"The data take away more than half of the prior variance of {most} of {n} parameters"
    return f"{text}." if most == n else f"{text}; the others are mostly what the prior expected."


def read_hull(hull: pl.DataFrame) -> str:
    """Vertices of the hull, sorted by concentration, and how firmly each one is there.

    Of structures with equal energies at one composition, the first stands for all.
    """
    hull = hull.unique("concentration", keep="first", maintain_order=True)
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


def read_choice(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """How clearly the chosen method won on the split that chooses, fold against fold."""
    rows = read_rows(
        connection,
        """
        select
            model, fold, 1e6 * sum(prediction_error ** 2) as squares, count(*) as n
        from marts.cluster_expansion_predictions
        where alloy = ? and split = 'training_10_fold' and model <> 'nested_choice'
        group by model, fold
        order by fold
        """,
        [alloy.name],
    )
    ranked = (
        rows.filter(pl.col("model") != AlloyModel.CONCENTRATION_RIDGE)
        .group_by("model")
        .agg(rmse=(pl.col("squares").sum() / pl.col("n").sum()).sqrt())
        .sort("rmse")
    )
    if ranked.height < 2:
        return ""
    (first, lowest), (second, next_lowest) = ranked.head(2).iter_rows()
    folds = (rows.filter(model=name) for name in (first, second))
    mse = [part["squares"].to_numpy() / part["n"].to_numpy() for part in folds]
    lead, error = next_lowest - lowest, paired_error(mse[1] - mse[0], lowest + next_lowest)
    verdict = "less, so the choice is a tie" if lead < error else "more"
    return (
        f"{AlloyModel.label_of(first).capitalize()} leads {AlloyModel.label_of(second)} by "
        f"{lead:.2f} meV/atom. The standard error of that difference, paired over {len(mse[0])} "
        f"folds, is {error:.2f}: the lead is {verdict}."
    )


def read_gain(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str, n_training: float
) -> tuple[float, float]:
    """By how much the last structures lowered the error, and its standard error, in meV/atom."""
    rows = read_rows(
        connection,
        "select value, standard_error from marts.curves where study = 'cluster_expansion' "
        "and dataset = ? and curve = 'gain' and model = ? and setting = ?",
        [alloy.name, model, n_training],
    )
    gain, error = rows.row(0)
    return float(gain), float(error)


def read_locked(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """The chosen method's error on the locked test, with a bootstrap interval."""
    rows = read_rows(
        connection,
        """
        select 1000 * prediction_error as error
        from marts.cluster_expansion_predictions
        where alloy = ? and is_selected and split = 'locked_test'
        order by structure_id
        """,
        [alloy.name],
    )
    squares = rows["error"].to_numpy() ** 2
    drawn = np.random.default_rng(0).choice(squares, (N_RESAMPLES, len(squares)))
    low, high = np.quantile(np.sqrt(drawn.mean(axis=1)), (0.05, 0.95))
    return (
        f"Its {len(squares)} locked structures give {np.sqrt(squares.mean()):.2f} meV/atom, and "
        f"{low:.2f} to {high:.2f} in 90 % of {N_RESAMPLES} bootstrap samples of them."
    )


def read_sources(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, str]:
    """Where an alloy's energies come from: sources, calculators and parent lattices."""
    columns = ("source", "calculator", "parent_lattice")
    rows = connection.execute(
        "select sources, calculators, parent_lattices from marts.alloys where alloy = ?",
        [alloy.name],
    ).fetchall()
    lists = list(rows[0]) if rows else [(), (), ()]
    if len(alloy.end_members) > 2:  # fcc_3 is fcc for three elements.
        lists[-1] = [name.removesuffix(f"_{len(alloy.end_members)}") for name in lists[-1] or ()]
    return {name: ", ".join(of or ()) for name, of in zip(columns, lists, strict=True)}


def read_selected(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> AlloyModel:
    """The method that the study chose."""
    rows = read_rows(
        connection,
        "select model from marts.cluster_expansion_models where alloy = ? and is_selected",
        [alloy.name],
    )
    return AlloyModel(rows.item())


def read_functional_error(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
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
        [alloy.name, list(HSE06)],
    )
    return " and ".join(
        f"{energy:.0f} meV/atom for {HSE06[group][0]}, which is {energy / HSE06[group][1]:.0%} of "
        f"HSE06's {HSE06[group][1]:.0f}"
        for group, energy in rows.iter_rows()
    )


def read_spread(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> float:
    """Standard deviation of the alloys' formation energies in meV/atom: what a mean would miss."""
    rows = read_rows(
        connection,
        """
        select 1000 * stddev_pop(formation_energy_per_atom)
        from marts.ground_states
        where alloy = ? and not list_contains(concentrations, 1)
        """,
        [alloy.name],
    )
    return float(rows.item())
