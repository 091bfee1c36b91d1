"""Fitted cluster expansions as icet's own, for its Monte Carlo package mchammer."""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from analysis.cluster_expansion.own_structures.fit_origin import read_fit_origin
from analysis.datasets import read_rows
from analysis.fitted_expansion import StoredExpansion, read_stored_expansion
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import FloatArray
from warehouse.conventions.point_functions import point_functions
from warehouse.crystals.orbit_clusters import expand_orbits
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
Interactions = dict[Cluster, FloatArray]
"""What one cluster adds to the energy of a primitive cell, in eV per site of it: a number for each
choice of point functions, which has an axis for each site of the cluster."""


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
    """The fitted `model` of `alloy` as an icet.ClusterExpansion; see `convert_to_icet`.

    `selected` is the model that its study chose. Its lattice has the parameter, in Å, on which the
    alloy's structures were mapped; the metadata tell the model, its run, what it was fitted to and
    its unit. Raises WarehouseError if there is no such model, its interactions change with the
    concentration, or icet finds other orbits than its cluster space has.
    """
    stored = read_stored_expansion(connection, alloy, None if model == SELECTED else model)
    (a,) = read_rows(
        connection,
        "select max(lattice_parameter) from staging.lattice_mappings "
        "where alloy = ? and parent_lattice = ?",
        [alloy.name, stored.parent.name],
    ).row(0)
    expansion = convert_to_icet(stored, a)
    expansion.metadata.update(
        alloy=alloy.name,
        model=stored.model,
        run_id=stored.run_id,
        fitted_to=read_fit_origin(connection, alloy, stored.model),
        lattice_parameter=a,
        unit=f"eV/{alloy.site}",
    )
    return expansion


def convert_to_icet(stored: StoredExpansion, lattice_parameter: float) -> "ClusterExpansion":
    """The icet.ClusterExpansion that predicts what `stored` does, on a lattice in Å.

    Energies are in eV per atom, or per site where sites may be vacant: a vacant site has an atom X,
    as icet wants it. The space reaches as far as the clusters that were fitted. Raises
    WarehouseError if icet finds other orbits.
    """
    from icet import ClusterExpansion, ClusterSpace

    species = [stored.alloy.sublattices[number] for number in stored.parent.sublattices]
    primitive = stored.parent.atoms(lattice_parameter)
    primitive.symbols[:] = [allowed[-1] for allowed in species]
    longest = (
        stored.orbits.filter(pl.col("cluster_order") > 1)
        .group_by("cluster_order")
        .agg(pl.col("diameter").max())
        .sort("cluster_order")["diameter"]
    )
    cutoffs = [lattice_parameter * (diameter + JUST_ABOVE) for diameter in longest]
    space = ClusterSpace(primitive, cutoffs, [list(allowed) for allowed in species])
    return ClusterExpansion(space, _find_parameters(space, stored, lattice_parameter))


def _find_parameters(
    space: "ClusterSpace", stored: StoredExpansion, lattice_parameter: float
) -> FloatArray:
    """Parameters (n_orbits,) of icet's orbits, in eV per site.

    Orbits of equal radius may stand in another order at another lattice parameter, so each is
    found by its clusters. icet has the same sums of cosines and sines of a site's species, but
    counts these by atomic number; so a choice of point functions is a sum of icet's on the same
    cluster.
    """
    parent, interactions = stored.parent, _spread(stored)
    changes = _change_functions(space, stored, lattice_parameter)
    parameters, n_found = [float(interactions.pop((), np.zeros(())))], 0
    for orbit in space.orbit_list.orbits:
        sites = parent.locate(np.array(orbit.representative_cluster.positions) / lattice_parameter)
        order = sorted(range(len(sites)), key=lambda place: tuple(sites[place]))
        cluster = _normalize(sites.tolist())
        if (ours := interactions.get(cluster)) is None:
            parameters += [0.0] * len(orbit.cluster_vector_elements)
            continue
        for basis, *_ in cluster:  # Each time the first axis goes, and comes back as the last.
            ours = np.tensordot(ours, changes[basis], axes=(0, 0))
        for element in orbit.cluster_vector_elements:
            chosen = tuple(element["multicomponent_vector"][place] for place in order)
            parameters.append(element["multiplicity"] * float(ours[chosen]))
            n_found += element["multiplicity"]
    if n_found != (wanted := stored.orbits["multiplicity"].sum() - 1):
        raise WarehouseError(
            f"the model has {wanted} clusters per primitive cell, of which icet finds {n_found} "
            f"in a space of {len(space)} orbits",
            hint="ingest a cluster space with slightly other cutoffs, and fit the model anew",
        )
    return np.array(parameters)


def _spread(stored: StoredExpansion) -> Interactions:
    """The interactions of every cluster: an orbit's parameter, shared by its clusters."""
    parent, orbits = stored.parent, stored.orbits
    functions = orbits["point_functions"].to_list()
    clusters = expand_orbits(orbits["sites"].to_list(), parent, functions)
    interactions: Interactions = {}
    for parameter, members in zip(orbits["parameter"], clusters.members, strict=True):
        for sites in clusters.sites[members].tolist():
            *_, chosen = zip(*sites, strict=True) if sites else ((),)
            cluster = tuple((basis, *offset) for basis, *offset, _ in sites)
            shape = [parent.n_species[basis] - 1 for basis, *_ in cluster]
            interactions.setdefault(cluster, np.zeros(shape))[chosen] = parameter / len(members)
    return interactions


def _change_functions(
    space: "ClusterSpace", stored: StoredExpansion, lattice_parameter: float
) -> dict[int, FloatArray]:
    """On each site of the basis, our point functions (rows) as sums of icet's (columns)."""
    from ase.data import atomic_numbers

    sites = stored.parent.locate(space.primitive_structure.positions / lattice_parameter)
    changes = {}
    for basis, numbers in zip(sites[:, 0].tolist(), space.species_maps, strict=True):
        species = stored.alloy.sublattices[stored.parent.sublattices[basis]]
        n_species = len(species)
        if n_species > 1:
            theirs = [
                [
                    space.evaluate_cluster_function(n_species, function, number)
                    for function in range(n_species - 1)
                ]
                for number in (numbers[atomic_numbers[symbol]] for symbol in species)
            ]
            changes[basis] = np.linalg.lstsq(theirs, point_functions(n_species))[0].T
    return changes


def _normalize(sites: list[list[int]]) -> Cluster:
    """The sites in order, moved so that the first one's offset is 0."""
    ordered = sorted(sites)
    _, *origin = ordered[0] if ordered else (0,)
    return tuple(
        (b, *(place - first for place, first in zip(offset, origin, strict=True)))
        for b, *offset in ordered
    )
