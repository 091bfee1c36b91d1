"""All clusters of an orbit, and the correlations of a decoration of any size by counting them.

Cells of up to 62 sites have bit masks, and SQL counts for all of them at once. Here one cell is
counted that may have ten thousand: a cluster that is moved by every offset of the cell meets as
many products of spins as the cell has primitive cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.conventions.sites import lattice_points, site_indices
from warehouse.crystals.symmetry import find_symmetry_operations

SPINS_AT_ONCE = 8_000_000
"""Spins of clusters that are multiplied at once; each takes one byte."""


def expand_orbit(representative: IntArray, parent: ParentLattice) -> IntArray:
    """Every cluster of an orbit once per primitive cell: sites (multiplicity, order, 4).

    `representative` (order, 4) is one of them, as `orbits.sites` has it. The others are its images
    under the operations of `parent`; translations by primitive vectors are left out.
    """
    sites = np.asarray(representative, dtype=np.int64).reshape(-1, 4)
    if not len(sites):
        return sites[None]
    operations = find_symmetry_operations(parent)
    images = operations.images[:, sites[:, 0]].copy()
    images[..., 1:] += np.einsum("si,rij->rsj", sites[:, 1:], operations.rotations)
    for place, image in enumerate(images):  # In an order that no translation changes.
        ordered = image[np.lexsort(image.T[::-1])]
        ordered[:, 1:] -= ordered[0, 1:]
        images[place] = ordered
    clusters: IntArray = np.unique(images, axis=0)
    return clusters


@dataclass(frozen=True, eq=False)
class OrbitClusters:
    """Clusters of several orbits, once per primitive cell.

    `sites` (n_sites, 4) are the distinct sites of all of them; `members` has for each orbit the
    sites of its clusters as indices (multiplicity, order) to these.
    """

    sites: IntArray
    members: Sequence[IntArray]


def expand_orbits(
    representatives: Sequence[Sequence[Sequence[int]]], parent: ParentLattice
) -> OrbitClusters:
    """All clusters of the orbits that have these `representatives`: see `expand_orbit`."""
    orbits = [expand_orbit(np.array(sites), parent) for sites in representatives]
    sites, index = np.unique(
        np.concatenate([clusters.reshape(-1, 4) for clusters in orbits]),
        axis=0,
        return_inverse=True,
    )
    ends = np.cumsum([clusters.shape[0] * clusters.shape[1] for clusters in orbits])
    parts = np.split(index.ravel(), ends[:-1])
    members = [part.reshape(c.shape[:2]) for part, c in zip(parts, orbits, strict=True)]
    return OrbitClusters(sites, members)


def count_correlations(
    clusters: OrbitClusters, hnf: IntArray, is_second: NDArray[np.bool_]
) -> FloatArray:
    """Cluster vector (n_orbits,) of a decoration: the mean product of spins over each orbit.

    `is_second` (n_sites,) tells for each site of the supercell `hnf` whether the second element,
    whose spin is -1, is on it.
    """
    points = lattice_points(hnf)
    spins = np.where(is_second, -1, 1).astype(np.int8)
    moved = np.empty((len(clusters.sites), len(points)), dtype=np.int8)
    for number, site in enumerate(clusters.sites):
        there = np.column_stack([np.full(len(points), site[0]), points + site[1:]])
        moved[number] = spins[site_indices(hnf, there)]
    correlations = np.ones(len(clusters.members))
    for index, members in enumerate(clusters.members):
        if members.shape[1]:
            correlations[index] = _sum_products(moved, members) / (len(members) * len(points))
    return correlations


def _sum_products(spins: NDArray[np.int8], members: IntArray) -> int:
    """Sum over clusters (n, order) of rows of `spins` and over columns of the spins' product."""
    at_once = max(1, SPINS_AT_ONCE // spins.shape[1])
    total = 0
    for start in range(0, len(members), at_once):
        part = members[start : start + at_once]
        products = spins[part[:, 0]]
        for column in part.T[1:]:
            products *= spins[column]
        total += int(products.sum(dtype=np.int64))
    return total
