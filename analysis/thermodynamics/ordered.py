"""Ordered phases of any alloy: those of two elements as `phases.py` has them, and of all others.

Of more species or sublattices, phases are the structures of the data, and what is enumerated.
"""

import duckdb
import numpy as np

from analysis.datasets import FloatArray, read_rows
from analysis.thermodynamics.cells import fits
from analysis.thermodynamics.data import SimulatedModel
from analysis.thermodynamics.engine.copies import BOLTZMANN
from analysis.thermodynamics.fillings import Filling
from analysis.thermodynamics.phases import (
    KnownPhases,
    choose_of_draws,
    choose_phase,
    lower_hulls,
    read_known_phases,
)
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.sites import decode_species
from warehouse.crystals.decorations import member_shares
from warehouse.crystals.symmetry import parse_decoration_id
from warehouse.errors import WarehouseError

LOWEST_ESTIMATE = 100.0
"""K: where order gains nothing over atoms at random, temperatures are about this."""

MOST_ABOVE = 0.01
"""eV/site above the hull: of more species than two, structures beyond it turn into others before
they lose their order, and are heated only if they are asked for."""

_DECORATIONS = """
with structures as (
    select
        decoration_id, cluster_vector,
        bool_or(ground_states.is_on_hull) over (partition by decoration_id) as is_calculated
    from marts.cluster_expansion_training as training
    inner join marts.ground_states as ground_states using (alloy, structure_id)
    where training.cluster_space_id = $1 and training.alloy = $2
    qualify row_number() over (partition by decoration_id order by structure_id) = 1
)

select decoration_id, cluster_vector, is_calculated from structures
where decoration_id is not null
union all
select decoration_id, cluster_vector, false
from marts.derivative_vectors
where cluster_space_id = $1 and decoration_id not in (
    select decoration_id from structures where decoration_id is not null
)
order by decoration_id
"""


def read_ordered_phases(
    connection: duckdb.DuckDBPyConnection, expansion: SimulatedModel, hnf: IntArray
) -> KnownPhases:
    """All ordered structures that are known of the expansion's lattice, for a crystal `hnf`.

    Raises WarehouseError if an alloy of two elements has none.
    """
    parent, alloy = expansion.parent, Alloy.parse(expansion.alloy)
    if parent.is_binary:
        return read_known_phases(connection, expansion, hnf)
    space = expansion.orbits["cluster_space_id"][0]
    rows = read_rows(connection, _DECORATIONS, [space, expansion.alloy])
    names = rows["decoration_id"].to_list()
    x = np.array([find_shares(alloy, parent, name) for name in names])
    energies = np.array(rows["cluster_vector"].to_list())[:, expansion.orbits["orbit_index"]]
    energies = energies @ expansion.parameters
    return KnownPhases(
        names,
        x[:, 0] if alloy.has_one_share else x,
        energies,
        energies - find_lower_hulls(x, energies),
        rows["is_calculated"].to_numpy(),
        np.array([fits(name, hnf) for name in names], dtype=bool),
    )


def find_shares(alloy: Alloy, parent: ParentLattice, decoration: str) -> FloatArray:
    """Shares of a decoration as `Filling.shares` has them."""
    _, cell, occupation = parse_decoration_id(decoration)
    return member_shares(alloy, parent, decode_species(parent, cell, occupation))[1:]


def find_lower_hulls(x: FloatArray, energies: FloatArray) -> FloatArray:
    """The lower convex hull of each column of `energies` (n, m) over `x` (n, n_shares), at every x.

    A convex function is the highest of the planes that bear it, facet by facet.
    """
    if x.shape[1] == 1:
        return lower_hulls(x[:, 0], energies)
    from scipy.spatial import ConvexHull

    hulls = np.empty_like(energies)
    # A point above all others, so that energies on one plane have a hull, too.
    above = np.append(x.mean(axis=0), 0.0)
    for column, values in enumerate(energies.T):
        above[-1] = values.max() + 1.0
        planes = ConvexHull(np.vstack([np.column_stack([x, values]), above])).equations
        lower = planes[planes[:, -2] < -1e-9]
        heights = -(x @ lower[:, :-2].T + lower[:, -1]) / lower[:, -2]
        hulls[:, column] = heights.max(axis=1)
    return hulls


def choose_phases(
    known: KnownPhases, expansion: SimulatedModel, filling: Filling, size: int, wanted: str
) -> list[int]:
    """The ordered phase of the fit and of each draw; none if no structure has the composition.

    Nor if all that have it and fit are far above the hull, unless one is `wanted`. Raises
    WarehouseError as `choose_phase` does, of two elements also if there is none.
    """
    place = filling.place
    near = known.fitting & (known.above_hull[:, 0] <= MOST_ABOVE)
    is_known = any(near[number] for number in known.at(place))
    if not (is_known or wanted or expansion.parent.is_binary):
        return []
    chosen = choose_phase(known, place, size, wanted)
    if wanted:
        return [chosen] * known.energies.shape[1]
    return choose_of_draws(known, place, chosen)


def explain_disorder(known: KnownPhases, filling: Filling, site: str) -> str:
    """Why no structure is heated, in a sentence; energies are per `site`."""
    there = known.at(filling.place)
    fitting = [number for number in there if known.fitting[number]]
    if fitting:
        lowest, above = known.names[fitting[0]], 1000 * known.above_hull[fitting[0], 0]
        return (
            f"{lowest}, the lowest structure of this composition that fits the crystal, is "
            f"{above:.1f} meV/{site} above the hull of what is known (--ground-state heats it)"
        )
    if len(there):
        return f"{known.names[there[0]]} of this composition does not fit a crystal of this size"
    return "no ordered structure of this composition is known (--start FILE gives one)"


def estimate_order(known: KnownPhases, expansion: SimulatedModel, filling: Filling) -> float:
    """Temperature in K at which the hull of what is known and atoms at random would change places.

    As `estimate_transition` has it of one phase of two elements.
    """
    orbits = expansion.orbits
    means = filling.random_correlations(
        expansion.parent, orbits["sites"].to_list(), orbits["point_functions"].to_list()
    )
    hull = _hull_at(known, filling)
    gain = float(means @ expansion.parameters[:, 0]) - hull
    return max(gain / (BOLTZMANN * filling.mixing_entropy), LOWEST_ESTIMATE)


def _hull_at(known: KnownPhases, filling: Filling) -> float:
    """Energy of the fit's hull at a composition, in eV per site; 0 outside of what is known."""
    from scipy.optimize import linprog

    x = known.concentrations.reshape(len(known.names), -1)
    told = linprog(
        known.energies[:, 0],
        A_eq=np.vstack([x.T, np.ones(len(x))]),
        b_eq=np.append(filling.shares, 1.0),
    )
    return float(told.fun) if told.success else 0.0


def refuse_free_composition(alloy: Alloy, parent: ParentLattice) -> None:
    """Raise WarehouseError for an alloy that is simulated at fixed compositions alone."""
    if not parent.is_binary:
        raise WarehouseError(
            f"{alloy} has more than two elements, sublattices or vacancies, and is simulated at "
            "fixed composition alone",
            hint=f"`monte-carlo --alloy {alloy} --composition ...` at one composition, or "
            f"`phase-diagram --alloy {alloy}` at all in equal steps",
        )
