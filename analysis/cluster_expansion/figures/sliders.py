"""What the sliders of the cluster-expansion page move: data for a script that needs no server."""

import json
from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.figure import thin_out
from warehouse.conventions.alloys import Alloy

MOST_STRUCTURES = 400
"""Structures whose predictions at every strength and ratio a page carries."""
N_SHOWN = 40
"""Interactions in the slider's bar chart: those that ever are largest."""
PATHS_SQL = """
select l1_ratio, strength, orbit_index, 1000 * parameter as parameter, multiplicity, cluster_order
from marts.interaction_paths
where alloy = '{alloy}'
order by l1_ratio, strength desc, orbit_index"""
STRUCTURES_SQL = """
select
    structure_id, formula, concentration, is_locked_test,
    1000 * formation_energy_per_atom as energy, cluster_vector
from marts.cluster_expansion_training
where alloy = '{alloy}' and not is_locked_test and not list_contains(concentrations, 1)
    and cluster_space_id = (
        select any_value(cluster_space_id) from marts.effective_cluster_interactions
        where alloy = '{alloy}' and is_selected
    )
order by structure_id"""
ERRORS_SQL = """
select cast(series as double) as l1_ratio, setting as strength, part, value, standard_error, n
from marts.curves
where study = 'cluster_expansion' and dataset = '{alloy}' and curve = 'strength'
    and metric = 'rmse'
order by l1_ratio, strength desc, part"""


def make_payload(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """Everything that the sliders need, and the queries it comes from.

    `predictions` (n_ratios, n_strengths, n_structures) are those of the fit to all structures
    outside the locked test, for these structures, in meV/atom; `parameters` has its largest
    parameters. The locked test is not in it.
    """
    paths, structures, errors = (
        read_rows(connection, sql.format(alloy=alloy))
        for sql in (PATHS_SQL, STRUCTURES_SQL, ERRORS_SQL)
    )
    structures, note = thin_out(structures, -pl.col("energy"), "lowest in energy", MOST_STRUCTURES)
    ratios = paths["l1_ratio"].unique(maintain_order=True).to_list()
    first = paths.filter(l1_ratio=ratios[0])
    orbits = first["orbit_index"].unique().sort()
    shape = (len(ratios), -1, len(orbits))
    parameters = paths["parameter"].to_numpy().reshape(shape)
    X = np.vstack(structures["cluster_vector"].to_list())[:, orbits]
    order = first.head(len(orbits))["cluster_order"].to_numpy()
    size = np.where(order >= 2, np.abs(parameters).mean(axis=(0, 1)), 0)
    shown = np.sort(np.argsort(-size)[:N_SHOWN])
    by_part = {
        part: errors.filter(part=part)["value"].to_numpy().reshape(shape[:2])
        for part in ("training", "validation")
    }
    spread = errors.filter(part="validation")["standard_error"].to_numpy().reshape(shape[:2])
    strengths = paths.unique(["l1_ratio", "strength"], maintain_order=True)["strength"]
    return {
        "ratios": ratios,
        "strengths": _round(strengths.to_numpy().reshape(shape[:2]), 4),
        "orbits": [f"{orbits[int(i)]} ({order[i]} sites)" for i in shown],
        "parameters": np.round(parameters[:, :, shown], 2).tolist(),
        "non_zero": np.count_nonzero(parameters[:, :, order >= 2], axis=2).tolist(),
        "predictions": np.round(parameters @ X.T, 1).tolist(),
        "calculated": np.round(structures["energy"].to_numpy(), 1).tolist(),
        "concentration": np.round(structures["concentration"].to_numpy(), 4).tolist(),
        "names": structures["formula"].to_list(),
        "training": np.round(by_part["training"], 2).tolist(),
        "validation": np.round(by_part["validation"], 5).tolist(),
        "standard_error": np.round(spread, 2).tolist(),
        "n": int(errors.filter(part="validation")["n"][0]),
        "second": alloy.second,
        "has_hull": len(alloy.end_members) == 2,
        "note": note,
    }


def write_payload(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> dict[str, Any]:
    """The data as JSON that is safe inside a script element, and the query of the paths."""
    payload = make_payload(connection, alloy)
    text = json.dumps(payload, separators=(",", ":"))
    return {
        "note": payload["note"].replace(" are drawn", " structures are drawn"),
        "n_shown": N_SHOWN,
        "json": text.replace("<", "\\u003c"),
        "sql": PATHS_SQL.format(alloy=alloy).strip(),
    }


def _round(values: Any, digits: int) -> Any:
    """Lists of numbers with so many significant digits."""
    return [[float(f"{value:.{digits}g}") for value in row] for row in values]
