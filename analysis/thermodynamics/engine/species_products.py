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

SpeciesScratch = tuple[Words, Words, Words, Words, NDArray[np.uint8]]
"""What `make_species_scratch` makes."""


def make_species_scratch(tables: SpeciesTables) -> SpeciesScratch:
    """Room for the words around a site, products of one kind, binary digits and counts."""
    n_planes = tables.n_species.max() - 1
    counts = np.zeros(8, U)
    return (
        np.zeros(tables.neighbours.shape[1] * n_planes + 2, U),
        np.zeros(int(np.diff(tables.starts, axis=1).max(initial=0)), U),
        np.zeros(20, U),
        counts,
        counts.view(np.uint8),
    )


@njit(cache=True, nogil=True)
def gather_species(words: Words, number: np.int64, tables: SpeciesTables, buffer: Words) -> Any:
    """Copy the words of all that meets site `number` to `buffer`; basis of the site."""
    basis, a0, b0, c0 = find_cell(number, tables.hnf)
    n_planes = words.shape[1]
    at = 0
    for n in range(tables.n_neighbours[basis]):
        site = find_number(tables.neighbours[basis, n], a0, b0, c0, tables.hnf)
        for plane in range(n_planes):
            buffer[at] = words[site, plane]
            at += 1
    buffer[at] = U(0)
    buffer[at + 1] = ~U(0)
    return basis


@njit(cache=True, nogil=True)
def multiply_indicators(
    buffer: Words, members: NDArray[np.uint16], at: U, n: U, n_others: int, products: Words
) -> None:
    """Product of the other sites' indicators for each of the n clusters of a kind."""
    if n_others == 1:
        for k in range(n):
            products[k] = buffer[members[at + k]]
    elif n_others == 2:
        for k in range(n):
            products[k] = buffer[members[at + k]] & buffer[members[at + n + k]]
    elif n_others == 3:
        for k in range(n):
            products[k] = (
                buffer[members[at + k]]
                & buffer[members[at + n + k]]
                & buffer[members[at + n + n + k]]
            )
    else:
        for k in range(n):
            product = ~U(0)
            for place in range(n_others):
                product &= buffer[members[at + U(place) * n + k]]
            products[k] = product


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

    `base` (n_rows, n_lanes) is what does not depend on the neighbours, `weights` (n_kinds, n_lanes)
    the energy of a cluster.
    """
    buffer, products, planes, counts, numbers = scratch
    basis = gather_species(words, number, tables, buffer)
    n_planes = words.shape[1]
    for plane in range(tables.n_species[basis] - 1):
        row = basis * n_planes + plane
        for lane in range(N_LANES):
            fields[plane, lane] = base[row, lane]
        at = U(0)
        for listed in range(tables.n_listed[row]):
            kind = tables.kinds[row, listed]
            n = tables.starts[row, listed + 1] - tables.starts[row, listed]
            n_others = tables.n_others[kind]
            multiply_indicators(buffer, tables.members[row], at, U(n), n_others, products)
            at += U(n_others) * U(n)
            count_odd(products, 0, n, planes)
            factor = 1.0
            for first in range(0, tables.n_digits[kind], 8):
                read_digits(planes, first, tables.n_digits[kind], counts)
                for lane in range(N_LANES):
                    fields[plane, lane] += factor * weights[kind, lane] * numbers[lane]
                factor *= 256.0


@njit(cache=True, nogil=True)
def count_clusters(
    words: Words, tables: SpeciesTables, scratch: SpeciesScratch, sums: NDArray[np.int64]
) -> None:
    """Add to `sums` (n_kinds, n_lanes) the clusters that each site sees: once for each site."""
    buffer, products, planes, counts, numbers = scratch
    n_planes = words.shape[1]
    for number in range(len(words)):
        basis = gather_species(words, np.int64(number), tables, buffer)
        for plane in range(tables.n_species[basis] - 1):
            row, own = basis * n_planes + plane, words[number, plane]
            at = U(0)
            for listed in range(tables.n_listed[row]):
                kind = tables.kinds[row, listed]
                n = tables.starts[row, listed + 1] - tables.starts[row, listed]
                n_others = tables.n_others[kind]
                multiply_indicators(buffer, tables.members[row], at, U(n), n_others, products)
                at += U(n_others) * U(n)
                for k in range(n):
                    products[k] &= own
                count_odd(products, 0, n, planes)
                for first in range(0, tables.n_digits[kind], 8):
                    read_digits(planes, first, tables.n_digits[kind], counts)
                    for lane in range(N_LANES):
                        sums[kind, lane] += np.int64(numbers[lane]) << first
