"""The clusters that meet at a site, and the species that decorate them: a table per basis atom.

As `clusters.py` has them of two species on sites that are alike: nothing grows with the crystal.
The other sites of a cluster are gathered once for all of their decorations. Clusters whose
decorations are of the same kinds make a group, and decorations of the same kinds a class, whatever
the species on the site itself: what is counted once serves all species there.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import permutations, product
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
from analysis.thermodynamics.engine.decorated import DecoratedClusters, Sites, decorate_orbits
from warehouse.conventions.lattices import IntArray, ParentLattice

Kinds = tuple[int, ...]
"""Of each species on a site but the first, the kind of a decorated cluster."""
Stars = dict[Sites, dict[tuple[int, ...], dict[int, int]]]
"""Of the other sites of a cluster, in order, each of their decorations: kinds by own species."""


class SpeciesTables(NamedTuple):
    """What the kernel reads of a crystal. Species are numbered less one, as planes of words.

    Attributes:
        hnf: Hermite normal form (3, 3) of the crystal.
        neighbours: Sites (n_basis, n_neighbours, 4) that share a cluster with a site, each
            as basis index and offset from the site's cell, folded back into the crystal.
        n_neighbours: How many of them there are (n_basis,).
        n_species: How many species may sit on a site (n_basis,).
        groups: Of each group of a basis atom (n_basis, n_groups, 4): how many clusters, whole
            blocks of them; how many other sites; its first class, and the first of the next one.
        n_groups: How many groups there are (n_basis,).
        members: Of each group in turn (n_basis, n_members), the number of the first other site of
            all its clusters, then of the second one, and so on; the number after the last
            neighbour is no site, with which blocks are filled up.
        kinds: Of each class (n_classes, n_planes) the kind by the species on the site itself.
        decorations: The first decoration of each class (n_classes + 1,), and the end.
        planes: Of each decoration (n_decorations, n_others) the word of the other sites: the number
            of the site in its cluster times the planes, and the species there.
        n_digits: Binary digits (n_classes,) of how many clusters a class has.
        points: Kind (n_basis, n_planes) of a site alone.

    """

    hnf: IntArray
    neighbours: NDArray[np.int32]
    n_neighbours: IntArray
    n_species: IntArray
    groups: IntArray
    n_groups: IntArray
    members: NDArray[np.uint16]
    kinds: IntArray
    decorations: IntArray
    planes: IntArray
    n_digits: IntArray
    points: IntArray


@dataclass(frozen=True, eq=False)
class SpeciesCrystal(SimulatedCrystal):
    """A crystal of whatever species on whatever sublattices, and its decorated clusters."""

    decorated: DecoratedClusters
    tables: SpeciesTables


@dataclass(frozen=True)
class Group:
    """Clusters through a site, of other sites in an order in which all decorations have one kind.

    `classes` are decorations of the same kinds.
    """

    clusters: list[Sites]
    classes: dict[Kinds, list[tuple[int, ...]]]


def build_species_crystal(
    parent: ParentLattice, hnf: IntArray, orbits: pl.DataFrame
) -> SpeciesCrystal:
    """The supercell `hnf` (3, 3) of `parent` with the clusters of `orbits`, zerolet left out.

    Raises WarehouseError if a cluster meets itself in the supercell, or if symmetry gives an orbit
    another number of clusters than its multiplicity.
    """
    orbits = orbits.filter(pl.col("cluster_order") > 0).sort("orbit_index")
    decorated = decorate_orbits(parent, orbits)
    stars = _find_stars(parent, decorated)
    neighbours = [_find_neighbours(star) for star in stars]
    for basis, found in enumerate(neighbours):
        refuse_small(parent, hnf, basis, found, orbits)
    tables = _tabulate(parent, hnf, neighbours, [_group(parent, star) for star in stars], stars)
    return SpeciesCrystal(parent, hnf, orbits, decorated, tables)


def _find_stars(parent: ParentLattice, decorated: DecoratedClusters) -> list[Stars]:
    """Of each basis atom, what the clusters through it have on their other sites."""
    stars: list[Stars] = [defaultdict(lambda: defaultdict(dict)) for _ in parent.basis]
    for kind, clusters in enumerate(decorated.clusters):
        for place in range(clusters.shape[1]):
            home, others = clusters[:, place], np.delete(clusters, place, axis=1)
            others[..., 1:4] -= home[:, None, 1:4]
            for (basis, *_, own), rest in zip(home.tolist(), others.tolist(), strict=True):
                ordered = sorted(rest)
                sites = tuple(tuple(site[:4]) for site in ordered)
                stars[basis][sites][tuple(site[4] for site in ordered)][own] = kind
    return stars


def _find_neighbours(star: Stars) -> IntArray:
    """Sites (n, 4) that share a cluster with a site of the first cell, in order."""
    found = sorted({site for sites in star for site in sites})
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def _group(parent: ParentLattice, star: Stars) -> list[Group]:
    """The clusters through a basis atom, those of equal decorations together."""
    groups: dict[tuple[object, ...], Group] = {}
    known: dict[tuple[object, ...], tuple[tuple[object, ...], tuple[int, ...]]] = {}
    for sites, decorations in star.items():
        if not sites:
            continue
        n_planes = tuple(parent.n_species[site[0]] - 1 for site in sites)
        kinds = {
            species: tuple(kind for _, kind in sorted(by_own.items()))
            for species, by_own in decorations.items()
        }
        met = (n_planes, *sorted(kinds.items()))
        if met not in known:
            known[met] = min(_list_orders(n_planes, kinds))
        signature, order = known[met]
        turned = tuple(sites[place] for place in order)
        if signature not in groups:
            classes: dict[Kinds, list[tuple[int, ...]]] = defaultdict(list)
            for species, of in kinds.items():
                classes[of].append(tuple(species[place] for place in order))
            groups[signature] = Group([], classes)
        groups[signature].clusters.append(turned)
    return list(groups.values())


def _list_orders(
    n_planes: tuple[int, ...], kinds: dict[tuple[int, ...], Kinds]
) -> list[tuple[tuple[object, ...], tuple[int, ...]]]:
    """Each order of a cluster's other sites, behind the kinds of all decorations in that order."""
    found: list[tuple[tuple[object, ...], tuple[int, ...]]] = []
    for order in permutations(range(len(n_planes))):
        turned = tuple(n_planes[place] for place in order)
        inverse = np.argsort(order).tolist()
        listed = tuple(
            kinds[tuple(species[place] for place in inverse)]
            for species in product(*map(range, turned))
        )
        found.append(((turned, listed), order))
    return found


def _tabulate(
    parent: ParentLattice,
    hnf: IntArray,
    neighbours: list[IntArray],
    groups: list[list[Group]],
    stars: list[Stars],
) -> SpeciesTables:
    n_planes = max(parent.n_species) - 1
    most = max((len(g.clusters[0]) for of in groups for g in of), default=1)
    kinds: list[list[int]] = []
    planes: list[list[int]] = []
    decorations, n_digits, rows, members = [0], [], [], []
    for found, of_basis in zip(neighbours, groups, strict=True):
        number = {site: place for place, site in enumerate(map(tuple, found.tolist()))}
        own_rows, own_members = [np.zeros((0, 4), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for group in of_basis:
            n_clusters, n_others = len(group.clusters), len(group.clusters[0])
            block = np.full((n_others, -(-n_clusters // BLOCK) * BLOCK), len(found))
            block[:, :n_clusters] = np.array([[number[s] for s in c] for c in group.clusters]).T
            first = len(kinds)
            for of, listed in group.classes.items():
                kinds.append([*of, *[-1] * (n_planes - len(of))])
                for species in listed:
                    words = [place * n_planes + one for place, one in enumerate(species)]
                    planes.append([*words, *[0] * (most - len(words))])
                decorations.append(len(planes))
                n_digits.append((len(listed) * n_clusters).bit_length())
            own_rows.append(np.array([[block.shape[1], n_others, first, len(kinds)]]))
            own_members.append(block.ravel())
        rows.append(np.concatenate(own_rows))
        members.append(np.concatenate(own_members))
    points = np.full((len(parent.basis), n_planes), -1)
    for basis, star in enumerate(stars):
        for own, kind in star.get((), {}).get((), {}).items():
            points[basis, own] = kind
    return SpeciesTables(
        hnf=np.ascontiguousarray(hnf),
        neighbours=stack_rows([fold_sites(hnf, found) for found in neighbours]).astype(np.int32),
        n_neighbours=np.array([len(found) for found in neighbours]),
        n_species=np.array(parent.n_species),
        groups=stack_rows(rows),
        n_groups=np.array([len(row) for row in rows]),
        members=stack_rows(members).astype(np.uint16),
        kinds=np.array(kinds, dtype=np.int64).reshape(-1, n_planes),
        decorations=np.array(decorations, dtype=np.int64),
        planes=np.array(planes, dtype=np.int64).reshape(-1, most),
        n_digits=np.array(n_digits, dtype=np.int64),
        points=points,
    )
