"""Fitted cluster expansions as icet's own, for its Monte Carlo package mchammer."""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from analysis.cluster_expansion.own_structures.known_model import (
    read_fit_origin,
)
from analysis.datasets import read_rows
from analysis.fitted_expansion import missing_expansion
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import ClusterSpaceName
from warehouse.conventions.lattices import ParentLattice
from warehouse.errors import WarehouseError
from warehouse.storage.drafts import draft_file

if TYPE_CHECKING:
    from icet import ClusterExpansion, ClusterSpace

SELECTED = "selected"
"""What stands for the model that the study chose."""
JUST_ABOVE = 1e-4
"""So much longer than the longest cluster a cutoff is, in units of a, to allow for rounding."""
Cluster = tuple[tuple[int, ...], ...]
"""Sites in order: the index of the basis atom, then three offsets in primitive vectors."""


def write_icet_model(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str, output: Path
) -> "ClusterExpansion":
    """Write `build_icet_model` to a file; raises WarehouseError if that is not possible."""
    expansion = build_icet_model(connection, alloy, model)
    try:
        with draft_file(output) as draft:
            expansion.write(str(draft))
    except OSError as error:
        raise WarehouseError(
            f"{output} cannot be written: {error.strerror}",
            hint="name a file in a folder that is there and writable",
        ) from error
    return expansion


def build_icet_model(
    connection: duckdb.DuckDBPyConnection, alloy: Alloy, model: str
) -> "ClusterExpansion":
    """The fitted `model` of `alloy` as an icet.ClusterExpansion that predicts eV per atom.

    `selected` is the model that its study chose. The space reaches as far as the clusters that
    were fitted; the metadata tell the model, its run, and what it was fitted to.
    Its lattice has the parameter, in Å, on which the alloy's structures were mapped. In icet the
    spin of the lighter element is -1; here that of the second element is, so parameters of odd
    orders change their sign if the second element is the heavier one. Raises WarehouseError if
    there is no such model, or icet finds other orbits than its cluster space has.
    """
    from ase.data import atomic_numbers
    from icet import ClusterExpansion, ClusterSpace

    orbits = read_rows(
        connection,
        """
        select
            model, run_id, cluster_space_id, orbit_index, cluster_order, sites, diameter, parameter
        from marts.effective_cluster_interactions
        inner join staging.orbits using (cluster_space_id, orbit_index, cluster_order)
        where alloy = $1 and if($2 = 'selected', is_selected, model = $2)
        order by orbit_index
        """,
        [alloy.name, model],
    )
    if orbits.is_empty():
        raise missing_expansion(connection, alloy, None if model == SELECTED else model)
    if len(alloy.elements) > 2 or not alloy.is_plain:
        raise WarehouseError(
            f"{alloy} has more than two elements, sublattices or vacancies, and icet's files are "
            "written of two elements",
            hint="marts.effective_cluster_interactions has its parameters, staging.orbits their "
            "point functions",
        )
    name = ClusterSpaceName.parse(orbits["cluster_space_id"][0])
    cell, basis, a = read_rows(
        connection,
        """
        select any_value(cell), any_value(basis), max(lattice_parameter)
        from staging.lattice_mappings
        inner join staging.parent_lattices using (parent_lattice)
        where alloy = ? and parent_lattice = ?
        """,
        [alloy.name, name.parent],
    ).row(0)
    parent = ParentLattice(name.parent, np.array(cell), np.array(basis))
    primitive = parent.atoms(a)
    primitive.symbols[:] = alloy.elements[0]
    longest = (
        orbits.filter(pl.col("cluster_order") > 1)
        .group_by("cluster_order")
        .agg(pl.col("diameter").max())
    )
    cutoffs = [
        a * (diameter + JUST_ABOVE) for diameter in longest.sort("cluster_order")["diameter"]
    ]
    space = ClusterSpace(primitive, cutoffs, list(alloy.elements))
    places = _find_orbits(space, orbits["sites"].to_list(), parent, a)
    first, second = (atomic_numbers[element] for element in alloy.elements)
    sign = -1.0 if second > first else 1.0
    parameters = np.zeros(len(space))
    parameters[places] = orbits["parameter"] * sign ** orbits["cluster_order"].to_numpy()
    fitted = read_fit_origin(connection, alloy, orbits["model"][0])
    told = {
        "model": orbits["model"][0],
        "run_id": orbits["run_id"][0],
        "fitted_to": fitted,
        "lattice_parameter": a,
    }
    return ClusterExpansion(space, parameters, metadata={"alloy": alloy.name, **told})


def _find_orbits(
    space: "ClusterSpace",
    representatives: list[list[list[int]]],
    parent: ParentLattice,
    lattice_parameter: float,
) -> list[int]:
    """Place in icet's cluster vector of the orbit of each representative, the zerolet first.

    Orbits of equal radius may stand in another order at another lattice parameter, so each is
    found by its clusters. A representative is a list of sites.
    """
    known: dict[Cluster, int] = {(): 0}
    for place, orbit in enumerate(space.orbit_list.orbits, start=1):
        for positions in orbit.all_positions:
            sites = parent.locate(np.array(positions) / lattice_parameter)
            known[_normalize(sites.tolist())] = place
    places = [known.get(_normalize(sites), -1) for sites in representatives]
    if len({place for place in places if place >= 0}) < len(places):
        raise WarehouseError(
            f"the model has {len(places)} orbits, of which icet finds "
            f"{len(places) - places.count(-1)} in a space of {len(space)}",
            hint="ingest a cluster space with slightly other cutoffs, and fit the model anew",
        )
    return places


def _normalize(sites: list[list[int]]) -> Cluster:
    """The sites in order, moved so that the first one's offset is 0."""
    ordered = sorted(sites)
    _, *origin = ordered[0] if ordered else (0,)
    return tuple(
        (b, *(place - first for place, first in zip(offset, origin, strict=True)))
        for b, *offset in ordered
    )
