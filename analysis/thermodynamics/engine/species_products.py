"""Fields of decorated clusters in 64 lanes at once: products of indicators, counted likewise.

`products.py` counts the odd products of spins; here a product of indicators is the logical and of
words, and what is counted are the clusters that have their species in each lane.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.thermodynamics.engine.products import (
    N_LANES,
    Floats,
    U,
    Words,
    count_odd,
    find_cell,
    find_number,
    read_digits,
)
from analysis.thermodynamics.engine.species_tables import SpeciesTables

SpeciesScratch = tuple[Words, Words, Words, Words, Words, NDArray[np.uint8]]
"""What `make_species_scratch` makes."""


def make_species_scratch(tables: SpeciesTables) -> SpeciesScratch:
    """Room for the words around a site, those of a group's sites, products, digits and counts."""
    n_planes = tables.kinds.shape[1]
    n_clusters = int(tables.groups[..., 0].max(initial=0))
    n_decorations = int(np.diff(tables.decorations).max(initial=0))
    counts = np.zeros(8, U)
    return (
        np.zeros((tables.neighbours.shape[1] + 1) * n_planes, U),
        np.zeros((tables.planes.shape[1] * n_planes, n_clusters), U),
        np.zeros(n_decorations * n_clusters, U),
        np.zeros(20, U),
        counts,
        counts.view(np.uint8),
    )


@njit(cache=True, nogil=True)
def gather_species(words: Words, number: np.int64, tables: SpeciesTables, buffer: Words) -> Any:
    """Copy the words of all that meets site `number` to `buffer`, zeros last; basis of the site."""
    basis, a0, b0, c0 = find_cell(number, tables.hnf)
    n_planes = words.shape[1]
    at = 0
    for n in range(tables.n_neighbours[basis]):
        site = find_number(tables.neighbours[basis, n], a0, b0, c0, tables.hnf)
        for plane in range(n_planes):
            buffer[at] = words[site, plane]
            at += 1
    for plane in range(n_planes):
        buffer[at + plane] = U(0)
    return basis


@njit(cache=True, nogil=True)
def gather_group(
    buffer: Words,
    members: NDArray[np.uint16],
    at: int,
    n: int,
    n_others: int,
    n_planes: int,
    held: Words,
) -> None:
    """Copy the words of the other sites of a group's n clusters: one row of `held` for each."""
    for place in range(n_others):
        for plane in range(n_planes):
            row, first = held[place * n_planes + plane], U(at + place * n)
            for k in range(U(n)):
                row[k] = buffer[U(members[first + k]) * U(n_planes) + U(plane)]


@njit(cache=True, nogil=True)
def multiply_class(
    held: Words, planes: NDArray[np.int64], n: int, n_others: int, products: Words
) -> None:
    """Products of indicators (n_decorations * n,) of a class with `planes` (n_decorations, ...)."""
    for decoration in range(len(planes)):
        out = products[decoration * n : (decoration + 1) * n]
        words = planes[decoration]
        first = held[words[0]]
        if n_others == 1:
            for k in range(n):
                out[k] = first[k]
        elif n_others == 2:
            second = held[words[1]]
            for k in range(n):
                out[k] = first[k] & second[k]
        else:
            second, third = held[words[1]], held[words[2]]
            for k in range(n):
                out[k] = first[k] & second[k] & third[k]
            for place in range(3, n_others):
                further = held[words[place]]
                for k in range(n):
                    out[k] &= further[k]


@njit(cache=True, nogil=True, fastmath={"contract"})
def find_fields(
    words: Words,
    number: np.int64,
    tables: SpeciesTables,
    base: Floats,
    weights: Floats,
    scratch: SpeciesScratch,
    fields: Floats,
) -> None:
    """Energy (n_planes, n_lanes) of each species on site `number`, less that of the first there.

    `base` (n_basis, n_planes, n_lanes) is what does not depend on the neighbours, `weights`
    (n_kinds, n_lanes) the energy of a cluster.
    """
    buffer, held, products, digits, counts, numbers = scratch
    basis = gather_species(words, number, tables, buffer)
    n_planes = words.shape[1]
    n_own = tables.n_species[basis] - 1
    for plane in range(n_own):
        for lane in range(N_LANES):
            fields[plane, lane] = base[basis, plane, lane]
    at = 0
    for group in range(tables.n_groups[basis]):
        n, n_others, first_class, last_class = tables.groups[basis, group]
        gather_group(buffer, tables.members[basis], at, n, n_others, n_planes, held)
        at += n * n_others
        for number_of_class in range(first_class, last_class):
            start, stop = tables.decorations[number_of_class : number_of_class + 2]
            multiply_class(held, tables.planes[start:stop], n, n_others, products)
            count_odd(products, 0, (stop - start) * n, digits)
            factor = 1.0
            n_digits = tables.n_digits[number_of_class]
            for first in range(0, n_digits, 8):
                read_digits(digits, first, n_digits, counts)
                for plane in range(n_own):
                    kind = tables.kinds[number_of_class, plane]
                    for lane in range(N_LANES):
                        fields[plane, lane] += factor * weights[kind, lane] * numbers[lane]
                factor *= 256.0


@njit(cache=True, nogil=True)
def count_clusters(
    words: Words, tables: SpeciesTables, scratch: SpeciesScratch, sums: NDArray[np.int64]
) -> None:
    """Add to `sums` (n_kinds, n_lanes) the clusters that each site sees: once for each site."""
    buffer, held, products, digits, counts, numbers = scratch
    n_planes = words.shape[1]
    for number in range(len(words)):
        basis = gather_species(words, np.int64(number), tables, buffer)
        for plane in range(tables.n_species[basis] - 1):
            own, at = words[number, plane], 0
            for lane in range(N_LANES):
                sums[tables.points[basis, plane], lane] += np.int64((own >> U(lane)) & U(1))
            for group in range(tables.n_groups[basis]):
                n, n_others, first_class, last_class = tables.groups[basis, group]
                gather_group(buffer, tables.members[basis], at, n, n_others, n_planes, held)
                at += n * n_others
                for number_of_class in range(first_class, last_class):
                    start, stop = tables.decorations[number_of_class : number_of_class + 2]
                    multiply_class(held, tables.planes[start:stop], n, n_others, products)
                    for k in range((stop - start) * n):
                        products[k] &= own
                    count_odd(products, 0, (stop - start) * n, digits)
                    kind = tables.kinds[number_of_class, plane]
                    n_digits = tables.n_digits[number_of_class]
                    for first in range(0, n_digits, 8):
                        read_digits(digits, first, n_digits, counts)
                        for lane in range(N_LANES):
                            sums[kind, lane] += np.int64(numbers[lane]) << first
