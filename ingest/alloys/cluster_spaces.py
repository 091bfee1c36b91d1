"""Cluster spaces: the orbits of a parent lattice and the clusters that belong to them.

A cluster space is free of scale: cutoffs, radii and diameters are in units of the parent's
cubic lattice parameter a, so that one space serves every alloy on that lattice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ingest.alloys.indicator_sums import DecoratedOrbit, sum_indicators
from warehouse.conventions.cluster_spaces import ClusterSpaceName, list_cutoffs
from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.crystals.orbit_clusters import expand_orbit, find_images
from warehouse.errors import WarehouseError
from warehouse.tables import Orbits

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MAX_CUTOFF = 6.0
"""Longest cutoff in edges of a cube of four sites of several species, or in a if that is longer;
one that is longer still is most likely meant to be in Å."""


@dataclass(frozen=True, eq=False)
class ClusterSpace:
    """Every cluster of a parent lattice up to the cutoffs, once per primitive cell.

    `sites` (n_sites, 5) are the distinct sites of all clusters, each with a bit of it, from 0;
    `members` (n_clusters, order) index them, with -1 where a cluster has fewer sites;
    `orbit_index` (n_clusters,) says which orbit a cluster belongs to; `orbits` are the rows of the
    table. `indicator_sums` (n_orbits, n_orbits) make of the mean products of indicators over these
    clusters those of point functions.
    """

    cluster_space_id: str
    parent: ParentLattice
    orbits: pl.DataFrame
    orbit_index: IntArray
    sites: IntArray
    members: IntArray
    indicator_sums: "csr_array"


def build_cluster_space(parent: ParentLattice, cutoffs: Sequence[float]) -> ClusterSpace:
    """Find the orbits of `parent` up to `cutoffs`: longest pair, triplet, ... in units of a.

    Orbit 0 is the zerolet, a cluster of no sites; the others are in icet's order, but for one point
    of each sublattice that comes before others of it: where more than two species may sit on a
    site, an orbit of clusters comes once for each distinct choice of the sites' point functions.
    Raises WarehouseError if the cutoffs make no sense.
    """
    _check_cutoffs(cutoffs, parent)
    from icet import ClusterSpace as IcetClusterSpace

    icet_space = IcetClusterSpace(parent.atoms(), list(cutoffs), _placeholders(parent))
    orbits = [DecoratedOrbit(find_images(np.zeros((0, 4), dtype=np.int64), parent), ((),), 0.0)]
    multiplicities = [1]
    for orbit in _points_of_sublattices_first(icet_space.orbit_list.orbits, parent):
        first = parent.locate(np.array(orbit.all_positions[0]))
        elements = orbit.cluster_vector_elements
        functions = tuple(tuple(element["multicomponent_vector"]) for element in elements)
        orbits.append(DecoratedOrbit(find_images(first, parent), functions, orbit.radius))
        multiplicities += [element["multiplicity"] for element in elements]
    instances = [
        expand_orbit(orbit.images, functions) for orbit in orbits for functions in orbit.functions
    ]
    if (found := list(map(len, instances))) != multiplicities:
        raise ValueError(f"{found} clusters in orbits of {parent.name}, and icet {multiplicities}")
    radii = [orbit.radius for orbit in orbits for _ in orbit.functions]
    name = str(ClusterSpaceName(parent.name, tuple(cutoffs)))
    rows = [
        {
            "cluster_space_id": name,
            "orbit_index": index,
            "cluster_order": clusters.shape[1],
            "radius": radius,
            "diameter": _diameter(clusters[0, :, :4], parent),
            "multiplicity": len(clusters),
            "sites": clusters[0, :, :4].tolist(),
            "point_functions": None if parent.is_binary else clusters[0, :, 4].tolist(),
        }
        for index, (clusters, radius) in enumerate(zip(instances, radii, strict=True))
    ]
    sites, members = _index_sites(instances)
    return ClusterSpace(
        cluster_space_id=name,
        parent=parent,
        orbits=pl.DataFrame(rows, schema=Orbits.create_empty().schema),
        orbit_index=np.repeat(np.arange(len(instances)), multiplicities),
        sites=sites,
        members=members,
        indicator_sums=sum_indicators(parent, orbits),
    )


def _points_of_sublattices_first(orbits: Sequence[Any], parent: ParentLattice) -> list[Any]:
    """The orbits of icet so that those of the zerolet and the first points tell a composition."""
    seen = set[int]()
    first: list[Any] = []
    others: list[Any] = []
    for orbit in orbits:
        basis = parent.locate(np.array(orbit.all_positions[0]))[0, 0]
        is_first = orbit.order == 1 and parent.sublattices[basis] not in seen
        seen.add(parent.sublattices[basis])
        (first if is_first else others).append(orbit)
    return [*first, *others]


def _placeholders(parent: ParentLattice) -> list[list[str]]:
    """Elements by site of the primitive cell that let icet tell the parent's sublattices apart."""
    from ase.data import chemical_symbols

    counts = dict(zip(parent.sublattices, parent.n_species, strict=True))
    ends = np.cumsum(list(counts.values())).tolist()
    named = {
        sublattice: chemical_symbols[1 + end - counts[sublattice] : 1 + end]
        for sublattice, end in zip(counts, ends, strict=True)
    }
    return [named[sublattice] for sublattice in parent.sublattices]


def _diameter(cluster: IntArray, parent: ParentLattice) -> float:
    """Longest distance between two sites of a cluster (order, 4), in units of a."""
    positions = parent.positions(cluster)
    distances = np.linalg.norm(positions[:, None] - positions, axis=-1)
    return float(distances.max(initial=0.0))


def _index_sites(instances: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """Distinct sites (n_sites, 5) of all clusters and the clusters as indices to them.

    The indices (n_clusters, longest order) are -1 where a cluster has fewer sites.
    """
    sites, inverse = np.unique(
        np.concatenate([clusters.reshape(-1, 5) for clusters in instances]),
        axis=0,
        return_inverse=True,
    )
    orders = np.concatenate([np.full(len(c), c.shape[1]) for c in instances])
    members = np.full((len(orders), orders.max()), -1)
    members[np.arange(orders.max()) < orders[:, None]] = inverse.ravel()
    return sites, members


def _check_cutoffs(cutoffs: Sequence[float], parent: ParentLattice) -> None:
    longest = MAX_CUTOFF * max(1.0, parent.active_edge)
    is_sensible = (
        len(cutoffs) > 0
        and all(0 < cutoff <= longest for cutoff in cutoffs)
        and all(longer >= shorter for longer, shorter in pairwise(cutoffs))
    )
    if not is_sensible:
        raise WarehouseError(
            f"cutoffs {list_cutoffs(cutoffs, ', ') or 'missing'}: wanted one "
            f"each for pairs, triplets, ..., above 0, at most {longest:.3g}, none longer than "
            "the one before",
            hint="cutoffs are in units of the parent's lattice parameter a; divide Å by it",
        )
