"""Moves in 64 lanes of a crystal of several species: swaps within a sublattice, and exchanges."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.thermodynamics.engine.moves import accept, tell_accepted
from analysis.thermodynamics.engine.products import N_LANES, Floats, U, Words
from analysis.thermodynamics.engine.species_products import SpeciesScratch, find_fields
from analysis.thermodynamics.engine.species_tables import SpeciesTables


@njit(cache=True, nogil=True)
def add_changes(fields: Floats, before: Words, after: Words, n_planes: int, change: Floats) -> None:
    """Add to `change` (n_lanes,) what species `after` on a site cost less those `before`."""
    for plane in range(n_planes):
        gone, come = before[plane] & ~after[plane], after[plane] & ~before[plane]
        for lane in range(N_LANES):
            sign = float((come >> U(lane)) & U(1)) - float((gone >> U(lane)) & U(1))
            change[lane] += sign * fields[plane, lane]


@njit(cache=True, nogil=True)
def swap_species(
    words: Words,
    pairs: NDArray[np.int64],
    tables: SpeciesTables,
    base: Floats,
    weights: Floats,
    betas: Floats,
    is_heat_bath: bool,
    random: Words,
    scratch: SpeciesScratch,
    fields: Floats,
    change: Floats,
    held: Words,
    energies: Floats,
    accepted: NDArray[np.int64],
    tried: NDArray[np.int64],
) -> None:
    """Try to swap the species on each of the `pairs` (n, 2) of sites where lanes have unlike ones.

    Adds to `energies` (n_lanes,), counts what was `tried` and `accepted` (n_lanes,). `fields`
    (n_planes, n_lanes), `change` (n_lanes,) and `held` (n_planes,) are room.
    """
    n_planes = words.shape[1]
    for pair in range(len(pairs)):
        one, other = pairs[pair]
        unlike = U(0)
        for plane in range(n_planes):
            unlike |= words[one, plane] ^ words[other, plane]
        if unlike == U(0):
            continue
        for lane in range(N_LANES):
            change[lane] = 0.0
            tried[lane] += (unlike >> U(lane)) & U(1)
        find_fields(words, one, tables, base, weights, scratch, fields)
        add_changes(fields, words[one], words[other], n_planes, change)
        for plane in range(n_planes):
            held[plane] = words[one, plane]
            words[one, plane] = words[other, plane]
        find_fields(words, other, tables, base, weights, scratch, fields)
        add_changes(fields, words[other], held, n_planes, change)
        moved = accept(change, unlike, betas, is_heat_bath, random)
        for plane in range(n_planes):
            swapped = (held[plane] ^ words[other, plane]) & moved
            words[one, plane] = held[plane] ^ swapped
            words[other, plane] ^= swapped
        tell_accepted(moved, change, energies, accepted)


@njit(cache=True, nogil=True)
def exchange_species(
    words: Words,
    numbers: NDArray[np.int64],
    steps: NDArray[np.int64],
    tables: SpeciesTables,
    base: Floats,
    weights: Floats,
    betas: Floats,
    is_heat_bath: bool,
    random: Words,
    scratch: SpeciesScratch,
    fields: Floats,
    change: Floats,
    held: Words,
    energies: Floats,
    accepted: NDArray[np.int64],
) -> None:
    """Try to put the species so many `steps` (n,) further on each of the sites `numbers` (n,).

    Species are a ring, so that a step and its way back are drawn as often. Otherwise as
    `swap_species`.
    """
    for trial in range(len(numbers)):
        number, step = numbers[trial], steps[trial]
        find_fields(words, number, tables, base, weights, scratch, fields)
        n_cells = tables.hnf[0, 0] * tables.hnf[1, 1] * tables.hnf[2, 2]
        n_species = tables.n_species[number // n_cells]
        first = ~U(0)
        for plane in range(n_species - 1):
            first &= ~words[number, plane]
        for plane in range(n_species - 1):
            source = (plane + 1 - step) % n_species
            held[plane] = first if source == 0 else words[number, source - 1]
        for lane in range(N_LANES):
            change[lane] = 0.0
        add_changes(fields, words[number], held, n_species - 1, change)
        moved = accept(change, ~U(0), betas, is_heat_bath, random)
        for plane in range(n_species - 1):
            words[number, plane] ^= (words[number, plane] ^ held[plane]) & moved
        tell_accepted(moved, change, energies, accepted)
