"""The convex hull of what a model predicts for derivative structures of any number of end members.

`marts.predicted_ground_states` has that of two; of more, SQL does not tell shares apart, and hulls
need facets.
"""

import duckdb
import numpy as np

from analysis.datasets import FloatArray, read_rows
from analysis.fitted_expansion import read_parent_lattice
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.conventions.sites import decode_species
from warehouse.crystals.decorations import member_shares
from warehouse.crystals.facets import TOLERANCE, find_facets
from warehouse.crystals.symmetry import parse_decoration_id

_LOW = """
    select decoration_id, predicted_formation_energy_per_atom
    from marts.derivative_predictions
    where alloy = $1 and model = coalesce($2, model) and predicted_formation_energy_per_atom <= $3
    order by decoration_id
"""


def find_predicted_hull(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> list[str]:
    """Names of the decorations on the hull of what the selected model of `alloy` predicts.

    By the share of the second end member, then of the third; none if nothing of its lattice is
    enumerated, or no model fitted.
    """
    names, shares, energies = _read_low(connection, alloy, None)
    above = energies - (shares @ _find_potentials(shares, energies).T).max(axis=1, initial=-np.inf)
    on_hull = np.flatnonzero(above <= TOLERANCE)
    order = np.lexsort([*shares[on_hull].round(9).T[:0:-1]])
    return [names[place] for place in on_hull[order]]


def find_predicted_facets(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str
) -> FloatArray:
    """Chemical potentials (n_facets, n_members) of that hull's facets, in eV/atom.

    None, shape (0, n_members), if nothing is enumerated or another model predicts.
    """
    _, shares, energies = _read_low(connection, alloy, model)
    return _find_potentials(shares, energies)


def find_decoration_shares(alloy: Alloy, parent: ParentLattice, name: str) -> FloatArray:
    """Shares of the end members in a decoration, shape (n_members,)."""
    _, hnf, occupation = parse_decoration_id(name)
    return member_shares(alloy, parent, decode_species(parent, hnf, occupation))


def _read_low(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str | None
) -> tuple[list[str], FloatArray, FloatArray]:
    """Names, shares and energies of the predictions that may be on the hull.

    End members are at 0, enumerated or not, so what lies above that is on no hull.
    """
    rows = read_rows(connection, _LOW, [alloy.name, model, TOLERANCE])
    names, energies = rows["decoration_id"].to_list(), rows.to_series(1).to_numpy()
    if not names:
        return names, np.empty((0, len(alloy.end_members))), energies
    parent = read_parent_lattice(connection, parse_decoration_id(names[0])[0])
    return names, np.array([find_decoration_shares(alloy, parent, n) for n in names]), energies


def _find_potentials(shares: FloatArray, energies: FloatArray) -> FloatArray:
    n_members = shares.shape[1]
    if not len(energies):
        return np.empty((0, n_members))
    corners = np.vstack([shares, np.eye(n_members)]), np.append(energies, np.zeros(n_members))
    return np.array([potentials for _, potentials, _ in find_facets(*corners)])
