"""What the species on a site count in a correlation: orthonormal functions of a site's species.

Of m species 0 to m - 1, the functions are √2 cos and √2 sin of whole multiples of 2π species / m
and, where m is even, the last cos without its root: with the constant 1 they are a basis in which
every mean product over equally shared species is 0 or 1. For two species that is the spin, +1 and
-1. They are those of icet, cluster by cluster, up to a sign and the root (van de Walle 2009,
10.1016/j.calphad.2008.12.005, equation 4, has them too).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from warehouse.conventions.lattices import FloatArray, ParentLattice

MEMBERS = "member_correlations"
"""What a column is called that has the correlations of each end member in an orbit."""
ARRANGEMENTS = "arrangements"
"""What a column is called that has an orbit's equivalent choices of its sites' point functions."""


@cache
def point_functions(n_species: int) -> FloatArray:
    """Values (n_species, n_species - 1) of each point function at each species."""
    angles = 2 * np.pi * np.arange(n_species) / n_species
    values = np.empty((n_species, n_species - 1))
    for number in range(n_species - 1):
        wave = (np.cos, np.sin)[number % 2]
        is_alternating = 2 * (number // 2 + 1) == n_species
        root = 1.0 if is_alternating else np.sqrt(2.0)
        values[:, number] = root * wave((number // 2 + 1) * angles)
    return values


def functions_of_indicators(n_species: int) -> FloatArray:
    """Each point function as a sum of indicators: coefficients (n_species - 1, n_species).

    The indicator of species p > 0, column p, is 1 where it is on the site and else 0; column 0 is
    the constant, which the function is where the first species is.
    """
    values = point_functions(n_species)
    return np.concatenate([values[:1], values[1:] - values[0]]).T


def find_member_correlations(
    parent: ParentLattice,
    clusters: Sequence[Sequence[Sequence[int]]],
    functions: Sequence[Sequence[int]],
) -> FloatArray:
    """Cluster vectors (n_members, n_orbits) of the end members on the sublattices of `parent`.

    They are in the order of `Alloy.end_members`, whose species are numbers here.
    `clusters` are sites (order, 4) of one cluster of each orbit, `functions` those of its sites.
    """
    counts = dict(sorted(zip(parent.sublattices, parent.n_species, strict=True)))
    members = [dict.fromkeys(counts, 0)]
    for sublattice, n_species in counts.items():
        members += [{**members[0], sublattice: species} for species in range(1, n_species)]
    return np.array(
        [
            [
                np.prod(
                    [
                        point_functions(parent.n_species[site[0]])[
                            member[parent.sublattices[site[0]]], function
                        ]
                        for site, function in zip(sites, chosen, strict=True)
                    ]
                )
                for sites, chosen in zip(clusters, functions, strict=True)
            ]
            for member in members
        ]
    )
