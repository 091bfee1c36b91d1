"""The clusters that meet at a site, as offsets from it: one table per site of the primitive cell.

So what is kept does not grow with the crystal, and a trial costs the same in a thousand sites as
in a million. A crystal needs 8 bytes per site for 64 lanes, and no list of neighbours.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.sites import site_indices
from warehouse.crystals.symmetry import find_symmetry_operations
from warehouse.errors import WarehouseError

BLOCK = 8
"""The kernel adds the products of clusters in blocks of this many."""

Cluster = tuple[tuple[int, ...], ...]
"""Sites in order: the index of the basis atom, then three offsets in primitive vectors."""
Others = dict[int, list[Cluster]]
"""The other sites of an orbit's clusters, by the site of the primitive cell that they share."""


class SiteTables(NamedTuple):
    """What the kernel reads of a crystal; the first axis is the site of the primitive cell.

    Attributes:
        hnf: Hermite normal form (3, 3) of the crystal.
        neighbours: Sites (n_basis, n_neighbours, 4) that share a cluster with a site, each
            as basis index and offset from the site's cell, folded back into the crystal.
        n_neighbours: How many of them there are (n_basis,).
        members: Of each orbit in turn (n_basis, n_members), the first other site of all its
            clusters, then the second one, and so on; the number after the last neighbour is
            no site, with which blocks are filled up.
        starts: Where each orbit's clusters start and the last one's end (n_basis, n_orbits + 1).
        n_others: Other sites of a cluster (n_orbits,): its order less one.
        n_clusters: Clusters of each orbit through a site (n_basis, n_orbits), without fillers.
        n_planes: Binary digits (n_orbits,) of the number of clusters.

    """

    hnf: IntArray
    neighbours: NDArray[np.int32]
    n_neighbours: IntArray
    members: NDArray[np.uint16]
    starts: IntArray
    n_others: IntArray
    n_clusters: IntArray
    n_planes: IntArray


@dataclass(frozen=True, eq=False)
class SimulatedCrystal:
    """A supercell of a parent lattice, with the orbits of which clusters count.

    `orbits` are rows of the table of that name. Sites are numbered as in all supercells.
    """

    parent: ParentLattice
    hnf: IntArray
    orbits: pl.DataFrame

    @property
    def n_cells(self) -> int:
        """Primitive cells."""
        return int(np.prod(np.diag(self.hnf)))

    @property
    def n_sites(self) -> int:
        """Sites."""
        return self.n_cells * len(self.parent.basis)

    @property
    def n_active(self) -> int:
        """Sites of several species."""
        return self.n_cells * sum(n > 1 for n in self.parent.n_species)


@dataclass(frozen=True, eq=False)
class SpinCrystal(SimulatedCrystal):
    """A crystal whose sites all have the same two species, and its clusters."""

    tables: SiteTables


def build_crystal(parent: ParentLattice, hnf: IntArray, orbits: pl.DataFrame) -> SpinCrystal:
    """The supercell `hnf` (3, 3) of `parent` with the clusters of `orbits`, zerolet left out.

    Raises WarehouseError if a cluster meets itself in the supercell, or if symmetry gives an orbit
    another number of clusters than its multiplicity.
    """
    orbits = orbits.filter(pl.col("cluster_order") > 0).sort("orbit_index")
    others = [find_others(parent, row) for row in orbits.iter_rows(named=True)]
    for basis in range(len(parent.basis)):
        refuse_small(parent, hnf, basis, _find_neighbours(others, basis), orbits)
    return SpinCrystal(parent, hnf, orbits, _tabulate(parent, hnf, others, orbits))


def find_others(parent: ParentLattice, orbit: dict[str, object]) -> Others:
    """The other sites of each of an orbit's clusters through each site of the primitive cell.

    All images of the representative under the parent's space group, moved so that one of
    their sites after the other is in the first cell.
    """
    sites = np.array(orbit["sites"], dtype=np.int64).reshape(-1, 4)
    operations = find_symmetry_operations(parent)
    images = operations.images[:, sites[:, 0]].copy()
    images[..., 1:] += np.einsum("si,oij->osj", sites[:, 1:], operations.rotations)
    clusters = {_normalise(image) for image in images.tolist()}
    if len(clusters) != orbit["multiplicity"]:
        raise WarehouseError(
            f"orbit {orbit['orbit_index']} of {parent.name} has {orbit['multiplicity']} clusters "
            f"per primitive cell, and symmetry gives {len(clusters)}",
            hint="`python -m ingest clusters` makes the cluster space anew",
        )
    others = defaultdict(list)
    for cluster in sorted(clusters):
        for place, (basis, *origin) in enumerate(cluster):
            rest = cluster[:place] + cluster[place + 1 :]
            others[basis].append(tuple(_move(site, origin) for site in rest))
    return others


def _normalise(sites: list[list[int]]) -> Cluster:
    """The cluster moved by a lattice vector so that equal ones are equal."""
    moved = [sorted(_move(site, origin) for site in sites) for _, *origin in sites]
    return tuple(min(moved))


def _move(site: "tuple[int, ...] | list[int]", origin: list[int]) -> tuple[int, ...]:
    basis, *offset = site
    return (basis, *(place - first for place, first in zip(offset, origin, strict=True)))


def refuse_small(
    parent: ParentLattice, hnf: IntArray, basis: int, neighbours: IntArray, orbits: pl.DataFrame
) -> None:
    """Raise WarehouseError if a cluster holds a site and its image in the next crystal.

    `neighbours` (n, 4) are the sites that share a cluster with the site `basis` of the first cell.
    """
    home = site_indices(hnf, np.array([basis, 0, 0, 0]))
    if (site_indices(hnf, neighbours) == home).any():
        needed = _least_size(parent, orbits["diameter"].to_numpy().max())
        raise WarehouseError(
            f"a cluster meets itself in a crystal of {_describe(hnf)} primitive cells",
            hint=f"use at least {needed}x{needed}x{needed} cells, "
            f"{needed**3 * len(parent.basis):,} sites",
        )


def _find_neighbours(others: list[Others], basis: int) -> IntArray:
    """Sites (n, 4) that share a cluster with a site of the first cell, in order."""
    found = sorted({s for orbit in others for c in orbit.get(basis, []) for s in c})
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def _describe(hnf: IntArray) -> str:
    return "x".join(map(str, np.diag(hnf).tolist()))


def _least_size(parent: ParentLattice, diameter: float) -> int:
    """Fewest repetitions n of the primitive cell along each vector that exceed `diameter`."""
    steps = np.indices((5, 5, 5)).reshape(3, -1).T - 2
    lengths = np.linalg.norm(steps[np.abs(steps).any(axis=1)] @ parent.cell, axis=1)
    return int(np.floor(diameter / lengths.min() + 1e-6)) + 1


def _tabulate(
    parent: ParentLattice,
    hnf: IntArray,
    others: list[Others],
    orbits: pl.DataFrame,
) -> SiteTables:
    n_basis, n_orbits = len(parent.basis), len(others)
    neighbours, members = [], []
    starts = np.zeros((n_basis, n_orbits + 1), dtype=np.int64)
    n_clusters = np.zeros((n_basis, n_orbits), dtype=np.int64)
    for basis in range(n_basis):
        found = _find_neighbours(others, basis)
        number = {site: place for place, site in enumerate(map(tuple, found.tolist()))}
        rows = []
        for index, orbit in enumerate(others):
            clusters = orbit.get(basis, [])
            n_filled = -(-len(clusters) // BLOCK) * BLOCK
            n_clusters[basis, index] = len(clusters)
            starts[basis, index + 1] = starts[basis, index] + n_filled
            order = orbits["cluster_order"][index] - 1
            block = np.full((order, n_filled), len(found))
            if order:
                block[:, : len(clusters)] = np.array([[number[s] for s in c] for c in clusters]).T
            rows.append(block.ravel())
        neighbours.append(fold_sites(hnf, found))
        members.append(np.concatenate(rows))
    return SiteTables(
        hnf=np.ascontiguousarray(hnf),
        neighbours=stack_rows(neighbours).astype(np.int32),
        n_neighbours=np.array([len(sites) for sites in neighbours]),
        members=stack_rows(members).astype(np.uint16),
        starts=starts,
        n_others=orbits["cluster_order"].to_numpy() - 1,
        n_clusters=n_clusters,
        n_planes=np.array([int(n).bit_length() for n in n_clusters.max(axis=0)]),
    )


def fold_sites(hnf: IntArray, sites: IntArray) -> IntArray:
    """The same sites (n, 4) of the crystal with offsets within it."""
    n_cells = int(np.prod(np.diag(hnf)))
    numbers = site_indices(hnf, sites)
    folded = np.array(np.unravel_index(numbers % n_cells, np.diag(hnf))).T
    return np.column_stack([numbers // n_cells, folded]).astype(np.int64)


def stack_rows(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Arrays of unequal length as one, filled up with 0."""
    longest = max(map(len, arrays))
    return np.array(
        [np.concatenate([a, np.zeros((longest - len(a), *a.shape[1:]), a.dtype)]) for a in arrays]
    )
