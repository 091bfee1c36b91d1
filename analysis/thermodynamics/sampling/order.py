"""Long-range order: how much a crystal is like an ordered structure, in whichever variant."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from warehouse.conventions.lattices import IntArray

ORDERED = 0.5
"""Order parameter from which on a crystal counts as ordered."""
WAVES_PER_SITE = 0.05
"""Waves of occupation, for each site, up to which a crystal is ordered, in whatever structure. L1_0
is one wave and L1_2 three, long periods of it are four to seven; disorder is half as many waves as
there are sites, and just above the transitions of Au-Cu an eighth, more or less."""


def measure_order(
    occupations: NDArray[Any], variants: NDArray[Any], sublattices: IntArray
) -> FloatArray:
    """Long-range order of crystals (n_sites, n_crystals): 1 if one is one of the `variants`.

    The correlation of the occupations with those of the variant that fits best, near 0 if there is
    no order. Where the variants are pure, twice the share of sites that are as in them, less 1.
    Species count from 0 on each sublattice; of two elements, occupations are whether the second is
    on each site (of `sublattices`, (n_sites,)).
    """
    if occupations.dtype == bool:
        return _measure_spin_order(occupations, variants)
    alike = np.zeros((len(variants), occupations.shape[1]))
    by_chance, largest = np.zeros(occupations.shape[1]), 0.0
    for sublattice in np.unique(sublattices):
        own = sublattices == sublattice
        for species in range(1 + int(variants[:, own].max())):
            wanted = (variants[:, own] == species).astype(np.float32)
            held = (occupations[own] == species).astype(np.float32)
            alike += wanted @ held
            share = float(wanted[0].mean())
            by_chance += share * held.sum(axis=0, dtype=np.float64)
            largest += share * share * own.sum()
    n_sites = len(sublattices)
    best: FloatArray = alike.max(axis=0)
    if n_sites - largest < 1e-9:
        return 2 * best / n_sites - 1
    return (best - by_chance) / (n_sites - largest)


def _measure_spin_order(occupations: NDArray[np.bool_], variants: NDArray[np.bool_]) -> FloatArray:
    spins = (1.0 - 2.0 * occupations).astype(np.float32)
    wanted = (1.0 - 2.0 * variants).astype(np.float32)
    products: FloatArray = (wanted @ spins / len(spins)).max(axis=0).astype(np.float64)
    mean = float(wanted[0].mean())
    if abs(mean) == 1:
        return products
    best: FloatArray = (products - mean * spins.mean(axis=0)) / (1 - mean**2)
    return best


def count_waves(occupations: NDArray[Any], sublattices: Sequence[int]) -> FloatArray:
    """How many waves occupations (n_sites, n_crystals) of n x n x n primitive cells are made of.

    The inverse participation ratio of their intensities, as a diffraction pattern has them: 1 if
    all intensity is in one peak, m if m peaks share it alike; infinite in a pure crystal.
    `sublattices` are those of the primitive cell. That they are filled unlike is no wave.
    """
    n_basis = len(sublattices)
    n = round((len(occupations) / n_basis) ** (1 / 3))
    cells = occupations.reshape(n_basis, n, n, n, -1)
    intensities = np.zeros((n**3, cells.shape[-1]), dtype=np.float32)
    for sublattice in sorted(set(sublattices)):
        own = cells[[basis for basis in range(n_basis) if sublattices[basis] == sublattice]]
        # Of two elements both have the same waves.
        for species in range(1 + int(own.max())) if own.dtype != bool else (True,):
            spins = 1.0 - 2.0 * (own == species).astype(np.float32)
            waves = np.fft.fftn(spins - spins.mean(axis=(0, 1, 2, 3)), axes=(1, 2, 3))
            found = (waves.real**2 + waves.imag**2).sum(axis=0)
            intensities += found.reshape(n**3, -1)
    shares: FloatArray = intensities.sum(axis=0, dtype=np.float64) ** 2
    squares = (intensities**2).sum(axis=0, dtype=np.float64)
    found = np.full(len(squares), np.inf)
    np.divide(shares, squares, out=found, where=squares > 0)
    return found
