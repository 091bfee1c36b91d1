"""Cluster spaces: the orbits of a parent lattice and the clusters that belong to them.

A cluster space is free of scale: cutoffs, radii and diameters are in units of the parent's
cubic lattice parameter a, so that one space serves every alloy on that lattice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from warehouse.conventions.cluster_spaces import ClusterSpaceName, list_cutoffs
from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.errors import WarehouseError
from warehouse.tables import Orbits

if TYPE_CHECKING:
    from icet.core.orbit import Orbit

MAX_CUTOFF = 6.0
"""Longest cutoff in units of a; a longer one is most likely meant to be in Å."""


@dataclass(frozen=True, eq=False)
class ClusterSpace:
    """Every cluster of a parent lattice up to the cutoffs, once per primitive cell.

    `sites` (n_sites, 4) are the distinct sites of all clusters; `members` (n_clusters, order)
    index them, with -1 where a cluster has fewer sites; `orbit_index` (n_clusters,) says which
    orbit a cluster belongs to; `orbits` are the rows of the table.
    """

    cluster_space_id: str
    parent: ParentLattice
    orbits: pl.DataFrame
    orbit_index: IntArray
    sites: IntArray
    members: IntArray


def build_cluster_space(parent: ParentLattice, cutoffs: Sequence[float]) -> ClusterSpace:
    """Find the orbits of `parent` up to `cutoffs`: longest pair, triplet, ... in units of a.

    Orbit 0 is the zerolet, a cluster of no sites; the others are in icet's order. Raises
    WarehouseError if the cutoffs make no sense.
    """
    _check_cutoffs(cutoffs)
    from icet import ClusterSpace as IcetClusterSpace

    icet_space = IcetClusterSpace(parent.atoms(), list(cutoffs), ["H", "He"])
    name = str(ClusterSpaceName(parent.name, tuple(cutoffs)))
    zerolet = np.zeros((1, 0, 4), dtype=np.int64)
    instances = [zerolet, *(_locate(o, parent) for o in icet_space.orbit_list.orbits)]
    radii = [0.0, *(orbit.radius for orbit in icet_space.orbit_list.orbits)]
    rows = [
        {
            "cluster_space_id": name,
            "orbit_index": index,
            "cluster_order": clusters.shape[1],
            "radius": radius,
            "diameter": _diameter(clusters[0], parent),
            "multiplicity": len(clusters),
            "sites": clusters[0].tolist(),
        }
        for index, (clusters, radius) in enumerate(zip(instances, radii, strict=True))
    ]
    sites, members = _index_sites(instances)
    multiplicities = [len(clusters) for clusters in instances]
    return ClusterSpace(
        cluster_space_id=name,
        parent=parent,
        orbits=pl.DataFrame(rows, schema=Orbits.create_empty().schema),
        orbit_index=np.repeat(np.arange(len(instances)), multiplicities),
        sites=sites,
        members=members,
    )


def _locate(orbit: "Orbit", parent: ParentLattice) -> IntArray:
    """Sites (multiplicity, order, 4) of an orbit's clusters."""
    positions = np.array(orbit.all_positions)
    return parent.locate(positions).reshape(*positions.shape[:2], 4)


def _diameter(cluster: IntArray, parent: ParentLattice) -> float:
    """Longest distance between two sites of a cluster (order, 4), in units of a."""
    positions = parent.positions(cluster)
    distances = np.linalg.norm(positions[:, None] - positions, axis=-1)
    return float(distances.max(initial=0.0))


def _index_sites(instances: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """Distinct sites (n_sites, 4) of all clusters and the clusters as indices to them.

    The indices (n_clusters, longest order) are -1 where a cluster has fewer sites.
    """
    sites, inverse = np.unique(
        np.concatenate([clusters.reshape(-1, 4) for clusters in instances]),
        axis=0,
        return_inverse=True,
    )
    orders = np.concatenate([np.full(len(c), c.shape[1]) for c in instances])
    members = np.full((len(orders), orders.max()), -1)
    members[np.arange(orders.max()) < orders[:, None]] = inverse.ravel()
    return sites, members


def _check_cutoffs(cutoffs: Sequence[float]) -> None:
    is_sensible = (
        len(cutoffs) > 0
        and all(0 < cutoff <= MAX_CUTOFF for cutoff in cutoffs)
        and all(longer >= shorter for longer, shorter in pairwise(cutoffs))
    )
    if not is_sensible:
        raise WarehouseError(
            f"cutoffs {list_cutoffs(cutoffs, ', ') or 'missing'}: wanted one "
            f"each for pairs, triplets, ..., above 0, at most {MAX_CUTOFF:g}, none longer than "
            "the one before",
            hint="cutoffs are in units of the parent's lattice parameter a; divide Å by it",
        )
