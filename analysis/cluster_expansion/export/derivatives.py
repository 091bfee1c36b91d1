"""Derivative structures of more than two end members: their atoms, and the hull of predictions.

SQL knows those of two species, in `marts.ideal_structures` and `marts.predicted_ground_states`. Of
more it does not tell shares apart, and hulls need facets.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np

from analysis.datasets import FloatArray, read_rows
from analysis.fitted_expansion import read_parent_lattice
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice, hnf_to_entries
from warehouse.conventions.sites import decode_species
from warehouse.crystals.decorations import member_shares
from warehouse.crystals.facets import TOLERANCE, find_facets
from warehouse.crystals.symmetry import parse_decoration_id

_LOW = """
    select decoration_id, predicted_formation_energy_per_atom
    from marts.derivative_predictions
    where alloy = ? and predicted_formation_energy_per_atom <= ? order by decoration_id
"""
CALCULATED = """calculated as (
        select *
        from staging.lattice_mappings
        inner join staging.alloy_structures using (alloy, structure_id)
        inner join features.formation_energies using (alloy, structure_id)
        where alloy = $1
    )"""
"""Structures of an alloy with their mappings and energies, as a step of a query."""
_ASKED = f"""
    with {CALCULATED}
    select
        alloy,
        predictions.decoration_id as structure_id,
        predictions.decoration_id,
        predicted_formation_energy_per_atom,
        calculated.cell, calculated.positions, calculated.symbols,
        calculated.formation_energy_per_atom
    from marts.derivative_predictions as predictions
    left join calculated using (alloy, decoration_id)
    where alloy = $1 and predictions.decoration_id in (select unnest(cast($2 as varchar[])))
    qualify row_number() over (
        partition by predictions.decoration_id order by calculated.formation_energy_per_atom
    ) = 1
"""


def find_predicted_hull(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> list[str]:
    """Names of the decorations on the hull of what the selected model of `alloy` predicts.

    By the share of the second end member, then of the third; none if nothing of its lattice is
    enumerated, or no model fitted. End members are at 0, enumerated or not, so what lies above that
    is on no hull.
    """
    rows = read_rows(connection, _LOW, [alloy.name, TOLERANCE])
    if rows.is_empty():
        return []
    names, energies = rows["decoration_id"].to_list(), rows.to_series(1).to_numpy()
    parent = read_parent_lattice(connection, parse_decoration_id(names[0])[0])
    shares = np.array([_find_shares(alloy, parent, name) for name in names])
    n_members = shares.shape[1]
    corners = np.vstack([shares, np.eye(n_members)]), np.append(energies, np.zeros(n_members))
    potentials = np.array([own for _, own, _ in find_facets(*corners)])
    above = energies - (shares @ potentials.T).max(axis=1)
    on_hull = np.flatnonzero(above <= TOLERANCE)
    order = np.lexsort([*shares[on_hull].round(9).T[:0:-1]])
    return [names[place] for place in on_hull[order]]


def read_derivatives(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, names: Sequence[str]
) -> list[dict[str, Any]]:
    """What `read_structures` needs of those of `names` that the selected model predicts."""
    predicted = read_rows(connection, _ASKED, [alloy.name, list(names)]) if names else None
    if predicted is None or predicted.is_empty():
        return []
    parent = read_parent_lattice(connection, parse_decoration_id(predicted["decoration_id"][0])[0])
    (parameters,) = read_rows(
        connection,
        "select lattice_parameters from features.alloy_lattice_parameters "
        "where alloy = ? and parent_lattice = ?",
        [alloy.name, parent.name],
    ).row(0)
    lattice = {
        "primitive_cell": parent.cell.tolist(),
        "basis": parent.basis.tolist(),
        "n_species": parent.n_species,
        "sublattices": parent.sublattices,
    }
    rows = []
    for row in predicted.rows(named=True):
        _, hnf, occupation = parse_decoration_id(row["decoration_id"])
        ideal = {
            "hermite_normal_form": hnf_to_entries(hnf),
            "site_species": decode_species(parent, hnf, occupation).tolist(),
            "lattice_parameter": float(
                _find_shares(alloy, parent, row["decoration_id"]) @ parameters
            ),
        }
        rows.append({**lattice, **row, **ideal})
    return rows


def _find_shares(alloy: Alloy, parent: ParentLattice, name: str) -> FloatArray:
    """Shares of the end members in a decoration, shape (n_members,)."""
    _, hnf, occupation = parse_decoration_id(name)
    return member_shares(alloy, parent, decode_species(parent, hnf, occupation))
