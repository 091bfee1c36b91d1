"""Atoms of derivative structures of more than two end members.

SQL knows those of two species, in `marts.ideal_structures`; of more it does not tell shares apart.
"""

from collections.abc import Sequence
from typing import Any

import duckdb

from analysis.cluster_expansion.predicted_hulls import find_decoration_shares
from analysis.datasets import read_rows
from analysis.fitted_expansion import read_parent_lattice
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import hnf_to_entries
from warehouse.conventions.sites import decode_species
from warehouse.crystals.symmetry import parse_decoration_id

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
                find_decoration_shares(alloy, parent, row["decoration_id"]) @ parameters
            ),
        }
        rows.append({**lattice, **row, **ideal})
    return rows
