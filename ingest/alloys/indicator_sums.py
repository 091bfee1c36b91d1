"""Products of point functions as sums of products of indicators, which bit masks count.

A site of m species has m - 1 indicators, one for each species but the first, 1 where it is there
and else 0. Each point function is a sum of them and of a constant. So a product of point functions
over a cluster is a sum of products of indicators over it and over its parts, and symmetry makes the
mean of each part's products over an orbit that over one orbit of indicators.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from warehouse.conventions.lattices import IntArray, ParentLattice
from warehouse.conventions.point_functions import functions_of_indicators
from warehouse.crystals.orbit_clusters import OrbitImages

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class DecoratedOrbit:
    """Clusters that symmetry makes equal, and the distinct choices of their point functions.

    Each of `functions` has one for each site of the cluster that `images` are of; it is an orbit
    of the cluster space.
    """

    images: OrbitImages
    functions: tuple[tuple[int, ...], ...]
    radius: float


def sum_indicators(parent: ParentLattice, orbits: Sequence[DecoratedOrbit]) -> "csr_array":
    """Coefficients (n_orbits, n_orbits) that make mean products of point functions of indicators'.

    Function i and the indicator of species i + 1 have one number. Parts of clusters are clusters of
    the space; the first of `orbits` has no sites.
    """
    from scipy.sparse import coo_array

    image_of: dict[bytes, tuple[int, int]] = {}
    orbit_of: dict[tuple[int, ...], int] = {}
    firsts: list[tuple[int, int, IntArray]] = []
    for number, orbit in enumerate(orbits):
        for image, sites in enumerate(orbit.images.clusters):
            image_of[sites.tobytes()] = number, image
        for functions in orbit.functions:
            of_image, moved = orbit.images.decorate(functions)
            for image, row in zip(of_image.tolist(), moved.tolist(), strict=True):
                orbit_of[number, image, *row] = len(firsts)
            firsts.append((number, int(of_image[0]), moved[0]))
    rows, columns, values = [], [], []
    parts: dict[tuple[int, int], IntArray] = {}
    for row, (number, image, chosen) in enumerate(firsts):
        sites = orbits[number].images.clusters[image]
        if (number, image) not in parts:
            parts[number, image] = _find_parts(parent, sites, image_of, orbit_of)
        of_sites = [
            functions_of_indicators(parent.n_species[basis])[function]
            for basis, function in zip(sites[:, 0], chosen, strict=True)
        ]
        columns.append(parts[number, image])
        values.append(reduce(np.multiply.outer, of_sites, np.ones(())).ravel())
        rows.append(np.full(len(values[-1]), row))
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return coo_array(entries, shape=(len(firsts), len(firsts))).tocsr()


def _find_parts(
    parent: ParentLattice,
    sites: IntArray,
    image_of: dict[bytes, tuple[int, int]],
    orbit_of: dict[tuple[int, ...], int],
) -> IntArray:
    """Orbit of the indicators of each choice of species on a cluster's sites (order, 4).

    All choices in order, the last site's first; where a site has the first species, the cluster is
    one of the other sites alone.
    """
    counts = [parent.n_species[basis] for basis in sites[:, 0].tolist()]
    found = np.empty(counts, dtype=np.int64)
    for order in range(len(sites) + 1):
        for places in combinations(range(len(sites)), order):
            part = sites[list(places)]  # It keeps its order, in which images are known.
            part[:, 1:] -= part[:1, 1:]
            image = image_of[part.tobytes()]
            index = [0] * len(sites)
            for species in product(*(range(1, counts[place]) for place in places)):
                for place, chosen in zip(places, species, strict=True):
                    index[place] = chosen
                found[tuple(index)] = orbit_of[*image, *(chosen - 1 for chosen in species)]
    return found.ravel()
