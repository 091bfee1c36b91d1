"""Orbits of clusters as sums of indicators: which species is on each site of a cluster.

An indicator is 1 where a species sits on a site and else 0. A point function is a constant, its
value for the first species, and a number for the indicator of each other one. So the product of
point functions over a cluster is a sum over its parts, decorated in every way by species that are
not the first; symmetry makes many of these alike, and what comes of all orbits is added up. Words
of 64 lanes then hold indicators, and a product of them is a logical and.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from analysis.datasets import FloatArray
from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.point_functions import functions_of_indicators
from warehouse.crystals.orbit_clusters import expand_orbit, find_images
from warehouse.errors import WarehouseError

Sites = tuple[tuple[int, ...], ...]
"""Sites of a cluster: the index of the basis atom, then three offsets in primitive vectors."""
Name = tuple[Sites, tuple[int, ...]]
"""A decorated cluster: its sites, and the number less one of the species on each of them."""


@dataclass(frozen=True, eq=False)
class DecoratedClusters:
    """All decorated clusters that orbits are made of.

    Attributes:
        clusters: Of each kind (n_kinds) its clusters once per primitive cell, (n, order, 5): sites,
            and behind them the number of the species less one. The order is 1 or more.
        of_orbits: Matrix (n_orbits, n_kinds): what one cluster of a kind adds to the sum of the
            products of point functions over all clusters of an orbit.
        constants: What each primitive cell (n_orbits,) adds to it whatever its species.

    """

    clusters: Sequence[IntArray]
    of_orbits: csr_matrix
    constants: FloatArray


def decorate_orbits(parent: ParentLattice, orbits: pl.DataFrame) -> DecoratedClusters:
    """The decorated clusters of `orbits`, rows of the table of that name without the zerolet.

    Raises WarehouseError if symmetry gives an orbit another number of clusters than its
    multiplicity.
    """
    names = _Names(parent)
    constants = np.zeros(orbits.height)
    sums: dict[tuple[int, int], float] = {}
    for number, row in enumerate(orbits.iter_rows(named=True)):
        sites = tuple(map(tuple, row["sites"]))
        functions = row["point_functions"] or [0] * len(sites)
        _check_multiplicity(parent, row, functions)
        terms = [
            functions_of_indicators(parent.n_species[site[0]])[function]
            for site, function in zip(sites, functions, strict=True)
        ]
        constants[number] = row["multiplicity"] * np.prod([term[0] for term in terms])
        for size in range(1, len(sites) + 1):
            for part in combinations(range(len(sites)), size):
                rest = np.prod([term[0] for place, term in enumerate(terms) if place not in part])
                kinds = names.find(tuple(sites[place] for place in part))
                for species, kind in kinds:
                    value = rest
                    for place, one in zip(part, species, strict=True):
                        value *= terms[place][one + 1]
                    key = number, kind
                    sums[key] = sums.get(key, 0.0) + row["multiplicity"] * float(value)
    clusters = names.expand()
    kept = {key: value / len(clusters[key[1]]) for key, value in sums.items() if abs(value) > 1e-12}
    places = np.array(list(kept)).reshape(-1, 2).T
    shape = orbits.height, len(clusters)
    return DecoratedClusters(
        clusters, csr_matrix((list(kept.values()), tuple(places)), shape), constants
    )


def _check_multiplicity(
    parent: ParentLattice, row: dict[str, object], functions: Sequence[int]
) -> None:
    found = len(expand_orbit(find_images(np.array(row["sites"]), parent), functions))
    if found != row["multiplicity"]:
        raise WarehouseError(
            f"orbit {row['orbit_index']} of {parent.name} has {row['multiplicity']} clusters "
            f"per primitive cell, and symmetry gives {found}",
            hint="`python -m ingest clusters` makes the cluster space anew",
        )


class _Names:
    """The kinds of decorated clusters that were met, each with one number however it is turned."""

    def __init__(self, parent: ParentLattice) -> None:
        self.parent = parent
        self._kinds: dict[Name, int] = {}
        self._known: dict[Sites, list[tuple[tuple[int, ...], int]]] = {}

    def find(self, sites: Sites) -> list[tuple[tuple[int, ...], int]]:
        """Each decoration of these sites, and the number of its kind."""
        if sites not in self._known:
            images = find_images(np.array(sites), self.parent)
            first = tuple(map(tuple, images.clusters[0].tolist()))
            # Operations that make the first image, and which site of ours is on each of its sites.
            places = np.unique(images.places[images.of_operation == 0], axis=0).tolist()
            choices = [range(self.parent.n_species[site[0]] - 1) for site in sites]
            found = []
            for species in product(*choices):
                least = min(tuple(species[place] for place in order) for order in places)
                kind = self._kinds.setdefault((first, least), len(self._kinds))
                found.append((species, kind))
            self._known[sites] = found
        return self._known[sites]

    def expand(self) -> list[IntArray]:
        """The clusters (n, order, 5) of each kind."""
        return [
            expand_orbit(find_images(np.array(sites), self.parent), species)
            for sites, species in self._kinds
        ]
