"""The decorated clusters that meet at a site, one table per site of the primitive cell and species.

As `clusters.py` has them of two species on sites that are alike: nothing grows with the crystal.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import (
    BLOCK,
    SimulatedCrystal,
    fold_sites,
    refuse_small,
    stack_rows,
)
from analysis.thermodynamics.engine.decorated import DecoratedClusters, decorate_orbits
from warehouse.conventions.lattices import IntArray, ParentLattice

Rows = dict[tuple[int, int], list[tuple[int, IntArray]]]
"""Of a basis atom and a species less one: kinds, and the other sites (n, order - 1, 5) of their
clusters through such an atom, with the species on them."""


class SpeciesTables(NamedTuple):
    """What the kernel reads of a crystal.

    A row stands for a basis atom and a species that is not the first there: row number
    `basis * n_planes + species - 1`. The words around a site are those of each neighbour in turn,
    one for each species less the first; then a word of zeros, and one of ones.

    Attributes:
        hnf: Hermite normal form (3, 3) of the crystal.
        neighbours: Sites (n_basis, n_neighbours, 4) that share a cluster with a site, each
            as basis index and offset from the site's cell, folded back into the crystal.
        n_neighbours: How many of them there are (n_basis,).
        n_species: How many species may sit on a site (n_basis,).
        kinds: Numbers (n_rows, n_listed) of the kinds of clusters that meet there.
        n_listed: How many kinds there are (n_rows,).
        members: Of each listed kind in turn (n_rows, n_members), which word is of the first other
            site of all its clusters, then of the second one, and so on.
        starts: Where each listed kind's clusters start and the last one's end.
        n_others: Words that a cluster of a kind multiplies (n_kinds,): 1 or more.
        n_digits: Binary digits (n_kinds,) of the most clusters of a kind in a row.

    """

    hnf: IntArray
    neighbours: NDArray[np.int32]
    n_neighbours: IntArray
    n_species: IntArray
    kinds: IntArray
    n_listed: IntArray
    members: NDArray[np.uint16]
    starts: IntArray
    n_others: IntArray
    n_digits: IntArray


@dataclass(frozen=True, eq=False)
class SpeciesCrystal(SimulatedCrystal):
    """A crystal of whatever species on whatever sublattices, and its decorated clusters."""

    decorated: DecoratedClusters
    tables: SpeciesTables


def build_species_crystal(
    parent: ParentLattice, hnf: IntArray, orbits: pl.DataFrame
) -> SpeciesCrystal:
    """The supercell `hnf` (3, 3) of `parent` with the clusters of `orbits`, zerolet left out.

    Raises WarehouseError if a cluster meets itself in the supercell, or if symmetry gives an orbit
    another number of clusters than its multiplicity.
    """
    orbits = orbits.filter(pl.col("cluster_order") > 0).sort("orbit_index")
    decorated = decorate_orbits(parent, orbits)
    rows = _list_rows(decorated)
    n_planes = max(parent.n_species) - 1
    neighbours = [_find_neighbours(rows, basis) for basis in range(len(parent.basis))]
    for basis, found in enumerate(neighbours):
        refuse_small(parent, hnf, basis, found, orbits)
    kinds, members, starts = [], [], []
    n_digits = np.zeros(len(decorated.clusters), dtype=np.int64)
    for basis, found in enumerate(neighbours):
        for species in range(n_planes):
            listed = rows.get((basis, species), [])
            blocks = [_number_words(others, found, n_planes) for _, others in listed]
            kinds.append(np.array([kind for kind, _ in listed], dtype=np.int64))
            members.append(np.concatenate([np.zeros(0, int), *(b.ravel() for b in blocks)]))
            starts.append(np.cumsum([0, *(block.shape[1] for block in blocks)]))
            for kind, others in listed:
                n_digits[kind] = max(n_digits[kind], len(others).bit_length())
    tables = SpeciesTables(
        hnf=np.ascontiguousarray(hnf),
        neighbours=stack_rows([fold_sites(hnf, found) for found in neighbours]).astype(np.int32),
        n_neighbours=np.array([len(found) for found in neighbours]),
        n_species=np.array(parent.n_species),
        kinds=stack_rows(kinds),
        n_listed=np.array([len(row) for row in kinds]),
        members=stack_rows(members).astype(np.uint16),
        starts=stack_rows(starts),
        n_others=np.array([max(c.shape[1] - 1, 1) for c in decorated.clusters], dtype=np.int64),
        n_digits=n_digits,
    )
    return SpeciesCrystal(parent, hnf, orbits, decorated, tables)


def _list_rows(decorated: DecoratedClusters) -> Rows:
    """The other sites of each cluster, seen from each of its sites in turn."""
    rows: Rows = defaultdict(list)
    for kind, clusters in enumerate(decorated.clusters):
        found = defaultdict(list)
        for place in range(clusters.shape[1]):
            home, others = clusters[:, place], np.delete(clusters, place, axis=1)
            others[..., 1:4] -= home[:, None, 1:4]
            for key in set(map(tuple, home[:, [0, 4]].tolist())):
                found[key].append(others[(home[:, [0, 4]] == key).all(axis=1)])
        for (basis, species), parts in found.items():
            rows[basis, species].append((kind, np.concatenate(parts)))
    return rows


def _find_neighbours(rows: Rows, basis: int) -> IntArray:
    """Sites (n, 4) that share a cluster with a site of the first cell, in order."""
    parts = [
        others[..., :4].reshape(-1, 4)
        for (own, _), listed in rows.items()
        if own == basis
        for _, others in listed
    ]
    return np.unique(np.concatenate([np.zeros((0, 4), np.int64), *parts]), axis=0)


def _number_words(others: IntArray, neighbours: IntArray, n_planes: int) -> IntArray:
    """Which words (order - 1, n) around a site the clusters `others` multiply, in whole blocks.

    A cluster of one site has the word of ones, and blocks are filled up with that of zeros.
    """
    n_words, n_clusters = len(neighbours) * n_planes, len(others)
    block = np.full((max(others.shape[1], 1), -(-n_clusters // BLOCK) * BLOCK), n_words)
    if not others.shape[1]:
        block[0, :n_clusters] = n_words + 1
        return block
    number = {site: place for place, site in enumerate(map(tuple, neighbours.tolist()))}
    places = [number[tuple(site)] for site in others[..., :4].reshape(-1, 4).tolist()]
    words = np.array(places).reshape(others.shape[:2]) * n_planes + others[..., 4]
    block[:, :n_clusters] = words.T
    return block
