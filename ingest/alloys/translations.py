"""The clusters of a large supercell: each once, with where every translation takes its sites.

Masks of all clusters in all places grow with the square of a cell. Here a bit of a word stands for
a translation: for each species on a site, SQL makes a string of bits that tells which translations
take the site to one with that species. What the strings of a cluster's sites have in common is the
product of their indicators, in all places at once.
"""

import numpy as np

from ingest.alloys.cluster_spaces import ClusterSpace
from warehouse.conventions.lattices import IntArray
from warehouse.conventions.sites import first_bits, lattice_points, site_indices, supercell_sites

MASK_BITS = 20
"""Bits of an occupation up to which masks are looked at; spins of two species have up to 62."""
WORD_BITS = 62
"""Translations in one word."""


def needs_translations(space: ClusterSpace, hnf: IntArray) -> bool:
    """Whether a supercell is too large for masks of all clusters in all places."""
    n_bits = int(first_bits(space.parent, hnf)[-1])
    return n_bits > (WORD_BITS if space.parent.is_binary else MASK_BITS)


def list_translations(space: ClusterSpace, hnf: IntArray) -> dict[str, object]:
    """Columns of `supercell_masks` for a supercell whose clusters are counted by translations.

    `translations` has for each bit of an occupation, in words of translations, the site to which
    each takes the bit's site; `bit_species` the species that the bit stands for. `clusters` has for
    each orbit but the zerolet its clusters as numbers of bits. Sites and bits count from 1.
    """
    points, sites = lattice_points(hnf), supercell_sites(space.parent, hnf)
    moved = np.repeat(sites[:, None], len(points), axis=1)
    moved[..., 1:] += points
    reached = site_indices(hnf, moved) + 1
    first = first_bits(space.parent, hnf)
    site_of_bit = np.repeat(np.arange(len(sites)), np.diff(first))
    starts = range(0, len(points), WORD_BITS)
    bits = first[site_indices(hnf, space.sites[:, :4])] + space.sites[:, 4] + 1
    of_orbits: list[list[list[int]]] = [[] for _ in range(space.orbits.height)]
    for orbit, members in zip(space.orbit_index.tolist(), space.members, strict=True):
        of_orbits[orbit].append(bits[members[members >= 0]].tolist())
    return {
        "translations": [
            [reached[site, start : start + WORD_BITS].tolist() for start in starts]
            for site in site_of_bit.tolist()
        ],
        "bit_species": (np.arange(first[-1]) - first[site_of_bit] + 1).tolist(),
        "clusters": of_orbits[1:],
    }
