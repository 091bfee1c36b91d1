"""Swaps that make and mend defects of an ordered crystal, every lane at sites of its own.

Of a cold ordered crystal nearly all pairs of unlike atoms that are drawn at random sit where they
should. Two atoms that sit wrong would have to be drawn together to change back, which takes as many
sweeps as there are sites. Here they are drawn among those that sit wrong, or among those that sit
right, each half of the time; how many there are of each weighs in the odds, so that Boltzmann's
weights stay what they are (Hastings 1970, 10.1093/biomet/57.1.97).
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.thermodynamics.engine.clusters import SiteTables
from analysis.thermodynamics.engine.moves import draw_uniform
from analysis.thermodynamics.engine.products import (
    N_LANES,
    Floats,
    Scratch,
    U,
    Words,
    add_fields,
    find_cell,
    find_number,
    multiply,
)


@njit(cache=True, nogil=True)
def draw_number(n: int, random: Words) -> int:
    """A number below n; `random` (1,) is the generator's state."""
    random[0] += U(0x9E3779B97F4A7C15)
    return int(draw_uniform(random[0]) * n)


@njit(cache=True, nogil=True)
def find_own_changes(
    words: Words,
    numbers: NDArray[np.int64],
    asked: U,
    basis: np.int64,
    tables: SiteTables,
    base: Floats,
    weights: Floats,
    scratch: Scratch,
    changes: Floats,
) -> None:
    """Change of energy (n_lanes,) if the atom on each lane's own site became the other element.

    In the lanes `asked`; of others it means nothing. All `numbers` (n_lanes,) are of one `basis`.
    """
    buffer, products, planes, counts, bytes_of_counts = scratch
    n_neighbours = tables.n_neighbours[basis]
    buffer[: n_neighbours + 1] = U(0)
    for lane in range(N_LANES):
        changes[lane] = base[basis, lane]
        mine = (U(1) << U(lane)) & asked
        if mine == U(0):
            continue
        _, a, b, c = find_cell(numbers[lane], tables.hnf)
        for n in range(n_neighbours):
            site = find_number(tables.neighbours[basis, n], a, b, c, tables.hnf)
            buffer[n] |= words[site] & mine
    multiply(buffer, tables, basis, products)
    add_fields(products, tables, basis, weights, planes, counts, bytes_of_counts, changes)
    for lane in range(N_LANES):
        is_second = (words[numbers[lane]] >> U(lane)) & U(1)
        changes[lane] *= 2.0 if is_second else -2.0


@njit(cache=True, nogil=True)
def count_sites(
    words: Words, references: Words, n_basis: int, wrong: NDArray[np.int64], of: NDArray[np.int64]
) -> None:
    """Sites (2, n_basis, n_lanes) of the first and of the second element in `references`.

    How many there are `of` each, and how many of them hold the `wrong` atom.
    """
    wrong[:], of[:] = 0, 0
    n_cells = len(words) // n_basis
    for number in range(len(words)):
        basis = number // n_cells
        for lane in range(N_LANES):
            wanted = (references[number] >> U(lane)) & U(1)
            found = (words[number] >> U(lane)) & U(1)
            of[wanted, basis, lane] += 1
            wrong[wanted, basis, lane] += wanted != found


@njit(cache=True, nogil=True)
def mend_sites(
    words: Words,
    references: Words,
    asked: U,
    n_trials: int,
    tables: SiteTables,
    base: Floats,
    weights: Floats,
    betas: Floats,
    random: Words,
    scratch: Scratch,
    changes: Floats,
    energies: Floats,
    counts: NDArray[np.int64],
) -> None:
    """Try to make or mend `n_trials` pairs of defects in each of the lanes `asked`.

    A defect is a site without the atom that `references` (n_sites,) have there, bit by lane. Adds
    to `energies` (n_lanes,); `changes` (2, n_lanes) and `counts` (2, 2, n_basis, n_lanes) are room.
    """
    n_basis = len(tables.n_neighbours)
    n_cells = len(words) // n_basis
    wrong, of = counts[0], counts[1]
    count_sites(words, references, n_basis, wrong, of)
    chosen = np.zeros((2, N_LANES), np.int64)
    ratios = np.zeros(N_LANES)
    for _ in range(n_trials):
        bases = draw_number(n_basis, random), draw_number(n_basis, random)
        heals, moved = U(0), U(0)
        for lane in range(N_LANES):
            if not (asked >> U(lane)) & U(1):
                continue
            is_healing = draw_number(2, random) == 1
            ratio = 1.0
            for kind in range(2):
                n_wrong = wrong[kind, bases[kind], lane]
                n_right = of[kind, bases[kind], lane] - n_wrong
                ratio *= n_wrong / (n_right + 1) if is_healing else n_right / (n_wrong + 1)
            if ratio == 0.0:
                continue
            moved |= U(1) << U(lane)
            heals |= U(is_healing) << U(lane)
            ratios[lane] = ratio
            for kind in range(2):
                chosen[kind, lane] = draw_site(
                    words,
                    references,
                    lane,
                    kind,
                    is_healing,
                    bases[kind] * n_cells,
                    n_cells,
                    random,
                )
        swap_chosen(
            words, chosen, bases, moved, heals, ratios, tables, base, weights, betas, random,
            scratch, changes, energies, wrong,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def draw_site(
    words: Words,
    references: Words,
    lane: int,
    kind: int,
    is_wrong: bool,
    first: int,
    n: int,
    random: Words,
) -> int:
    """One of the `n` sites from the `first` on that should hold `kind` in a lane, wrong or right.

    There must be one.
    """
    while True:
        number = first + draw_number(n, random)
        wanted = (references[number] >> U(lane)) & U(1)
        found = (words[number] >> U(lane)) & U(1)
        if wanted == U(kind) and (wanted != found) == is_wrong:
            return number


@njit(cache=True, nogil=True)
def swap_chosen(
    words: Words,
    chosen: NDArray[np.int64],
    bases: tuple[Any, Any],
    asked: U,
    heals: U,
    ratios: Floats,
    tables: SiteTables,
    base: Floats,
    weights: Floats,
    betas: Floats,
    random: Words,
    scratch: Scratch,
    changes: Floats,
    energies: Floats,
    wrong: NDArray[np.int64],
) -> None:
    """Swap the atoms of each lane's pair (2, n_lanes) of sites, or do not, in the lanes `asked`.

    `ratios` are what the odds are multiplied with, and `heals` the lanes whose sites are `wrong`.
    """
    find_own_changes(words, chosen[0], asked, bases[0], tables, base, weights, scratch, changes[0])
    for lane in range(N_LANES):
        words[chosen[0, lane]] ^= asked & (U(1) << U(lane))
    find_own_changes(words, chosen[1], asked, bases[1], tables, base, weights, scratch, changes[1])
    for lane in range(N_LANES):
        mine = asked & (U(1) << U(lane))
        if mine == U(0):
            continue
        change = changes[0, lane] + changes[1, lane]
        random[0] += U(0x9E3779B97F4A7C15)
        exponent = min(np.log(ratios[lane]) - betas[lane] * change, 0.0)
        if draw_uniform(random[0]) < np.exp(exponent):
            words[chosen[1, lane]] ^= mine
            energies[lane] += change
            for kind in range(2):
                wrong[kind, bases[kind], lane] += -1 if heals & mine else 1
        else:
            words[chosen[0, lane]] ^= mine
