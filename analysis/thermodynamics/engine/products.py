"""Energies of 64 lanes at once: products of spins, counted by carry-save adders.

The product of spins over a cluster is the exclusive or of its sites' words: bit l says whether the
product is -1 in lane l. How many clusters of an orbit have an odd product is counted in binary
digits ("planes", words whose bit l is one digit of lane l's count) by carry-save adders, eight
products at a time (Harley and Seal; Warren, Hacker's Delight, 2012, section 5-1). That takes some
five logical operations per cluster for all lanes together. The digits then become numbers, and one
multiplication per orbit and lane gives the energy.

A lane's energy is E - mu N, with N its atoms of the second element; canonical lanes have mu = 0.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import SiteTables
from warehouse.conventions.lattices import IntArray

N_LANES = 64
U = np.uint64
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Scratch = tuple[Words, Words, Words, Words, NDArray[np.uint8]]
"""What `make_scratch` makes. Compiled functions make no arrays: that takes seconds to compile."""

SPREAD: Words = np.array(
    [sum((byte >> lane & 1) << 8 * lane for lane in range(8)) for byte in range(256)], dtype=U
)
"""A byte's bits, one to each byte of a word."""


@njit(inline="always")
def add_carry_save(a: U, b: U, c: U) -> tuple[U, U]:
    """Sum and carry of three bits, in each lane."""
    either = a ^ b
    return either ^ c, (a & b) | (either & c)


@njit(inline="always")
def find_cell(number: np.int64, hnf: IntArray) -> tuple[int, int, int, int]:
    """Basis atom and offset of a site's number."""
    rest, c = divmod(number, hnf[2, 2])
    rest, b = divmod(rest, hnf[1, 1])
    basis, a = divmod(rest, hnf[0, 0])
    return basis, a, b, c


@njit(inline="always")
def find_number(other: NDArray[np.int32], a0: int, b0: int, c0: int, hnf: IntArray) -> Any:
    """Number of the site `other` (4,), seen from the cell of the offset (a0, b0, c0)."""
    h00, h11, h22 = hnf[0, 0], hnf[1, 1], hnf[2, 2]
    a, b, c = a0 + other[1], b0 + other[2], c0 + other[3]
    if c >= h22:
        a, b, c = a - hnf[2, 0], b - hnf[2, 1], c - h22
    if b >= h11:
        a, b = a - hnf[1, 0], b - h11
    elif b < 0:
        a, b = a + hnf[1, 0], b + h11
    while a >= h00:
        a -= h00
    while a < 0:
        a += h00
    return ((other[0] * h00 + a) * h11 + b) * h22 + c


@njit(cache=True, nogil=True)
def gather_words(words: Words, number: np.int64, tables: SiteTables, buffer: Words) -> Any:
    """Copy the words of all that meets site `number` to `buffer`, a 0 last; basis of the site."""
    basis, a0, b0, c0 = find_cell(number, tables.hnf)
    n_neighbours = tables.n_neighbours[basis]
    for n in range(n_neighbours):
        buffer[n] = words[find_number(tables.neighbours[basis, n], a0, b0, c0, tables.hnf)]
    buffer[n_neighbours] = U(0)
    return basis


@njit(cache=True, nogil=True)
def multiply(buffer: Words, tables: SiteTables, basis: np.int64, products: Words) -> None:
    """Product of the other sites' spins for each cluster through a site, orbit by orbit."""
    members, starts = tables.members[basis], tables.starts[basis]
    at = U(0)
    for orbit in range(len(tables.n_others)):
        first, n = U(starts[orbit]), U(starts[orbit + 1] - starts[orbit])
        n_others = tables.n_others[orbit]
        if n_others == 1:
            for k in range(n):
                products[first + k] = buffer[members[at + k]]
        elif n_others == 2:
            for k in range(n):
                products[first + k] = buffer[members[at + k]] ^ buffer[members[at + n + k]]
        elif n_others == 3:
            for k in range(n):
                products[first + k] = (
                    buffer[members[at + k]]
                    ^ buffer[members[at + n + k]]
                    ^ buffer[members[at + n + n + k]]
                )
        else:
            for k in range(n):
                product = U(0)
                for place in range(n_others):
                    product ^= buffer[members[at + U(place) * n + k]]
                products[first + k] = product
        at += U(n_others) * n


@njit(cache=True, nogil=True)
def count_odd(products: Words, start: int, stop: int, planes: Words) -> None:
    """Binary digits of how many of products[start:stop] are odd in each lane."""
    for plane in range(3, len(planes)):
        planes[plane] = U(0)
    ones, twos, fours = U(0), U(0), U(0)
    for k in range(U(start), U(stop), U(8)):
        ones, two = add_carry_save(ones, products[k], products[k + U(1)])
        ones, two_more = add_carry_save(ones, products[k + U(2)], products[k + U(3)])
        twos, four = add_carry_save(twos, two, two_more)
        ones, two = add_carry_save(ones, products[k + U(4)], products[k + U(5)])
        ones, two_more = add_carry_save(ones, products[k + U(6)], products[k + U(7)])
        twos, four_more = add_carry_save(twos, two, two_more)
        fours, carry = add_carry_save(fours, four, four_more)
        plane = 3
        while carry != U(0):
            held = planes[plane]
            planes[plane] = held ^ carry
            carry &= held
            plane += 1
    planes[0], planes[1], planes[2] = ones, twos, fours


@njit(cache=True, nogil=True)
def read_digits(planes: Words, first: int, n_planes: int, counts: Words) -> None:
    """Numbers (one byte per lane) in the binary digits `first` and up, eight at most."""
    for byte in range(8):
        number = U(0)
        for plane in range(first, min(n_planes, first + 8)):
            digit = SPREAD[(planes[plane] >> U(8 * byte)) & U(255)]
            number |= digit << U(plane - first)
        counts[byte] = number


@njit(cache=True, nogil=True, fastmath={"contract"})
def add_fields(
    products: Words,
    tables: SiteTables,
    basis: np.int64,
    weights: Floats,
    planes: Words,
    counts: Words,
    numbers: NDArray[np.uint8],
    fields: Floats,
) -> None:
    """Add weights[orbit, lane] times the odd products of each orbit to `fields` (n_lanes,).

    `numbers` (n_lanes,) are the bytes of `counts`.
    """
    starts = tables.starts[basis]
    for orbit in range(len(tables.n_others)):
        if starts[orbit + 1] == starts[orbit]:
            continue
        count_odd(products, starts[orbit], starts[orbit + 1], planes)
        factor = 1.0
        for first in range(0, tables.n_planes[orbit], 8):
            read_digits(planes, first, tables.n_planes[orbit], counts)
            for lane in range(N_LANES):
                fields[lane] += factor * weights[orbit, lane] * numbers[lane]
            factor *= 256.0


def make_scratch(tables: SiteTables) -> Scratch:
    """Room for the words around a site, its clusters' products, binary digits and counts.

    The counts twice: as words, and as the bytes in them.
    """
    counts = np.zeros(8, U)
    return (
        np.zeros(tables.neighbours.shape[1] + 1, U),
        np.zeros(int(tables.starts.max()), U),
        np.zeros(20, U),
        counts,
        counts.view(np.uint8),
    )


def sum_spins(words: Words, tables: SiteTables, scratch: Scratch) -> NDArray[np.int64]:
    """Sum (n_orbits, n_lanes) of the products of spins over all clusters of each orbit."""
    sums = np.zeros((len(tables.n_others), N_LANES), np.int64)
    _add_spins(words, tables, scratch, sums)
    return sums // (tables.n_others[:, None] + 1)


@njit(cache=True, nogil=True)
def _add_spins(words: Words, tables: SiteTables, scratch: Scratch, sums: NDArray[np.int64]) -> None:
    """Add to `sums` (n_orbits, n_lanes) what each site sees: every cluster once for each site."""
    buffer, products, planes, counts, numbers = scratch
    n_cells = tables.hnf[0, 0] * tables.hnf[1, 1] * tables.hnf[2, 2]
    for number in range(len(words)):
        basis = gather_words(words, np.int64(number), tables, buffer)
        multiply(buffer, tables, basis, products)
        starts = tables.starts[basis]
        for orbit in range(len(sums)):
            if starts[orbit + 1] == starts[orbit]:
                continue
            # Fillers are even. Seen from the site, clusters are odd if its own spin differs.
            count_odd(products, starts[orbit], starts[orbit + 1], planes)
            n_clusters = tables.n_clusters[number // n_cells, orbit]
            for first in range(0, tables.n_planes[orbit], 8):
                read_digits(planes, first, tables.n_planes[orbit], counts)
                for lane in range(N_LANES):
                    n_odd = np.int64(numbers[lane]) << first
                    whole = n_clusters if first == 0 else 0
                    sign = 1 - 2 * np.int64((words[number] >> U(lane)) & U(1))
                    sums[orbit, lane] += sign * (whole - 2 * n_odd)
