"""All clusters of an orbit, and the correlations of a decoration of any size by counting them.

Of the cells in the tables SQL counts all at once. Here one cell is counted that may have ten
thousand: a cluster that is moved by every offset of the cell meets as
many products of spins as the cell has primitive cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.conventions.point_functions import point_functions
from warehouse.conventions.sites import lattice_points, site_indices
from warehouse.crystals.symmetry import find_symmetry_operations

SPINS_AT_ONCE = 8_000_000
"""Spins of clusters that are multiplied at once; each takes one byte."""


@dataclass(frozen=True, eq=False)
class OrbitImages:
    """The images of a cluster under the operations of its parent.

    `clusters` (multiplicity, order, 4) are the distinct ones, each in an order of sites that no
    translation changes; `of_operation` (n_operations,) tells which of them an operation makes, and
    `places` (n_operations, order) which site of the cluster each of the image's sites was.
    """

    clusters: IntArray
    of_operation: IntArray
    places: IntArray

    def decorate(self, functions: Sequence[int]) -> tuple[IntArray, IntArray]:
        """The images of the cluster with a point function on each of its sites, each once.

        The image (n,) and the functions of its sites (n, order).
        """
        moved = np.asarray(functions, dtype=np.int64)[self.places]
        radix = 1 + moved.max(initial=0)
        codes = self.of_operation.copy()
        for column in moved.T:
            codes = codes * radix + column
        first = np.unique(codes, return_index=True)[1]
        return self.of_operation[first], moved[first]


def find_images(cluster: IntArray, parent: ParentLattice) -> OrbitImages:
    """The images of a cluster's sites (order, 4), less translations by primitive vectors."""
    sites = np.asarray(cluster, dtype=np.int64).reshape(-1, 4)
    operations = find_symmetry_operations(parent)
    if not len(sites):
        none = np.zeros((len(operations.rotations), 0), dtype=np.int64)
        return OrbitImages(sites[None], np.zeros(len(none), dtype=np.int64), none)
    images = operations.images[:, sites[:, 0]].copy()
    images[..., 1:] += np.einsum("si,rij->rsj", sites[:, 1:], operations.rotations)
    places = np.lexsort([images[..., column] for column in (3, 2, 1, 0)], axis=-1)
    images = np.take_along_axis(images, places[..., None], axis=1)
    images[..., 1:] -= images[:, :1, 1:]
    clusters, of_operation = np.unique(images.reshape(len(images), -1), axis=0, return_inverse=True)
    return OrbitImages(clusters.reshape(-1, *sites.shape), of_operation.ravel(), places)


def find_arrangements(
    clusters: Sequence[Sequence[Sequence[int]]],
    functions: Sequence[Sequence[int]],
    parent: ParentLattice,
) -> list[list[tuple[int, ...]]]:
    """Of each cluster, all choices of point functions that symmetry makes the same as its own.

    `functions` are those of the sites of the `clusters`; the choices are in order, each once.
    """
    identity = (find_symmetry_operations(parent).rotations == np.eye(3)).all(axis=(1, 2)).argmax()
    known: dict[str, IntArray] = {}
    for cluster in clusters:
        if str(cluster) not in known:
            images = find_images(np.array(cluster), parent)
            back = np.argsort(images.places[identity])
            same = images.of_operation == images.of_operation[identity]
            known[str(cluster)] = np.unique(images.places[same][:, back], axis=0)
    return [
        sorted(
            {
                tuple(chosen)
                for chosen in np.array(own, dtype=np.int64)[known[str(cluster)]].tolist()
            }
        )
        for cluster, own in zip(clusters, functions, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class OrbitClusters:
    """Clusters of several orbits, once per primitive cell.

    `sites` (n_sites, 5) are the distinct sites of all of them, each with a point function;
    `members` has for each orbit those of its clusters as indices (multiplicity, order) to these.
    """

    sites: IntArray
    members: Sequence[IntArray]


def expand_orbits(
    representatives: Sequence[Sequence[Sequence[int]]],
    parent: ParentLattice,
    functions: Sequence[Sequence[int] | None] | None = None,
) -> OrbitClusters:
    """All clusters of orbits once per primitive cell, from one of each and the parent's symmetry.

    `representatives` are sites (order, 4), as `orbits.sites` has them, and `functions` the point
    function of each, as `orbits.point_functions` has them; None stands for the first on each site.
    """
    orbits, known = [], dict[str, OrbitImages]()
    for number, cluster in enumerate(representatives):
        chosen = functions[number] if functions else None
        if str(cluster) not in known:
            known[str(cluster)] = find_images(np.array(cluster), parent)
        orbits.append(expand_orbit(known[str(cluster)], chosen or [0] * len(cluster)))
    sites, index = np.unique(
        np.concatenate([clusters.reshape(-1, 5) for clusters in orbits]),
        axis=0,
        return_inverse=True,
    )
    ends = np.cumsum([clusters.shape[0] * clusters.shape[1] for clusters in orbits])
    parts = np.split(index.ravel(), ends[:-1])
    members = [part.reshape(c.shape[:2]) for part, c in zip(parts, orbits, strict=True)]
    return OrbitClusters(sites, members)


def expand_orbit(images: OrbitImages, functions: Sequence[int]) -> IntArray:
    """Clusters (n, order, 5) of an orbit: sites, and behind them the point function of each."""
    of_image, moved = images.decorate(functions)
    return np.concatenate([images.clusters[of_image], moved[..., None]], axis=-1)


def count_correlations(
    clusters: OrbitClusters, parent: ParentLattice, hnf: IntArray, site_species: IntArray
) -> FloatArray:
    """Cluster vector (n_orbits,) of a decoration: the mean product of point functions by orbit.

    `site_species` (n_sites,) are the species on the sites of the supercell `hnf`, counted from 0;
    of two species the point function is the spin, +1 and -1.
    """
    points, species = lattice_points(hnf), np.asarray(site_species).astype(np.int64)
    kind = np.int8 if parent.is_binary else np.float64
    moved = np.empty((len(clusters.sites), len(points)), dtype=kind)
    for number, site in enumerate(clusters.sites):
        there = np.column_stack([np.full(len(points), site[0]), points + site[1:4]])
        values = point_functions(parent.n_species[site[0]])[:, site[4]]
        moved[number] = values.astype(kind)[species[site_indices(hnf, there)]]
    correlations = np.ones(len(clusters.members))
    for index, members in enumerate(clusters.members):
        if members.shape[1]:
            correlations[index] = _sum_products(moved, members) / (len(members) * len(points))
    return correlations


def _sum_products(spins: NDArray[np.int8] | FloatArray, members: IntArray) -> float:
    """Sum over clusters (n, order) of rows of `spins` and over columns of the spins' product."""
    at_once = max(1, SPINS_AT_ONCE // spins.shape[1])
    total = 0.0
    for start in range(0, len(members), at_once):
        part = members[start : start + at_once]
        products = spins[part[:, 0]]
        for column in part.T[1:]:
            products *= spins[column]
        total += float(products.sum(dtype=np.int64 if products.dtype == np.int8 else None))
    return total
