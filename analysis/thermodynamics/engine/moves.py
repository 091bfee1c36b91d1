"""Moves in 64 lanes at once: flips of one site's atom, and swaps of two sites' unlike atoms.

All lanes look at the same site, and each accepts for itself.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import SiteTables
from analysis.thermodynamics.engine.products import (
    N_LANES,
    Floats,
    Scratch,
    U,
    Words,
    add_fields,
    gather_words,
    multiply,
)


@njit(cache=True, nogil=True)
def draw_uniform(state: U) -> float:
    """A number in (0, 1) from the state of a lane's generator (SplitMix64, Steele et al. 2014)."""
    z = (state ^ (state >> U(30))) * U(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U(27))) * U(0x94D049BB133111EB)
    z ^= z >> U(31)
    return (float(z >> U(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def accept(changes: Floats, asked: U, betas: Floats, is_heat_bath: bool, random: Words) -> U:
    """Which of the lanes `asked` accept their change of energy (n_lanes,), by Metropolis' rule.

    Or by that of the heat bath, 1 / (1 + exp(beta change)). `random` (1,) is the generator's state.
    """
    accepted = U(0)
    for lane in range(N_LANES):
        random[0] += U(0x9E3779B97F4A7C15)
        if (asked >> U(lane)) & U(1):
            exponent = betas[lane] * changes[lane]
            if exponent <= 0.0 and not is_heat_bath:
                accepted |= U(1) << U(lane)
            elif exponent < 45.0:
                odds = np.exp(-exponent) if exponent > -45.0 else 3.5e19
                chance = odds / (1.0 + odds) if is_heat_bath else odds
                if draw_uniform(random[0]) < chance:
                    accepted |= U(1) << U(lane)
    return accepted


@njit(cache=True, nogil=True)
def find_changes(
    words: Words,
    number: np.int64,
    tables: SiteTables,
    base: Floats,
    weights: Floats,
    scratch: Scratch,
    changes: Floats,
) -> None:
    """Change of energy (n_lanes,) if the atom on site `number` became the other element."""
    buffer, products, planes, counts, bytes_of_counts = scratch
    basis = gather_words(words, number, tables, buffer)
    multiply(buffer, tables, basis, products)
    for lane in range(N_LANES):
        changes[lane] = base[basis, lane]
    add_fields(products, tables, basis, weights, planes, counts, bytes_of_counts, changes)
    word = words[number]
    for lane in range(N_LANES):
        is_second = (word >> U(lane)) & U(1)
        changes[lane] *= 2.0 if is_second else -2.0


@njit(cache=True, nogil=True)
def flip_sites(
    words: Words,
    numbers: NDArray[np.int64],
    tables: SiteTables,
    base: Floats,
    weights: Floats,
    betas: Floats,
    is_heat_bath: bool,
    random: Words,
    scratch: Scratch,
    changes: Floats,
    energies: Floats,
    accepted: NDArray[np.int64],
) -> None:
    """Try to change the element on each of the sites `numbers` in all lanes.

    Adds to `energies` (n_lanes,) and counts what was `accepted` (n_lanes,); `changes` (2, n_lanes)
    is room for energies.
    """
    change = changes[0]
    for number in numbers:
        find_changes(words, number, tables, base, weights, scratch, change)
        moved = accept(change, ~U(0), betas, is_heat_bath, random)
        words[number] ^= moved
        tell_accepted(moved, change, energies, accepted)


@njit(cache=True, nogil=True)
def swap_sites(
    words: Words,
    pairs: NDArray[np.int64],
    tables: SiteTables,
    base: Floats,
    weights: Floats,
    betas: Floats,
    is_heat_bath: bool,
    random: Words,
    scratch: Scratch,
    changes: Floats,
    energies: Floats,
    accepted: NDArray[np.int64],
    tried: NDArray[np.int64],
) -> None:
    """Try to swap the atoms on each of the `pairs` (n, 2) of sites in the lanes where they differ.

    Counts what was `tried` and `accepted` (n_lanes,); `changes` (2, n_lanes) is room for energies.
    """
    change, second = changes[0], changes[1]
    for pair in range(len(pairs)):
        one, other = pairs[pair]
        unlike = words[one] ^ words[other]
        if unlike == U(0):
            continue
        find_changes(words, one, tables, base, weights, scratch, change)
        words[one] ^= unlike
        find_changes(words, other, tables, base, weights, scratch, second)
        for lane in range(N_LANES):
            change[lane] += second[lane]
            tried[lane] += (unlike >> U(lane)) & U(1)
        moved = accept(change, unlike, betas, is_heat_bath, random)
        words[one] ^= unlike ^ moved
        words[other] ^= moved
        tell_accepted(moved, change, energies, accepted)


@njit(cache=True, nogil=True)
def tell_accepted(moved: U, changes: Floats, energies: Floats, accepted: NDArray[np.int64]) -> None:
    """Add the changes of the lanes that `moved`."""
    for lane in range(N_LANES):
        if (moved >> U(lane)) & U(1):
            energies[lane] += changes[lane]
            accepted[lane] += 1
