"""Long-range order: how much a crystal is like an ordered structure, in whichever variant."""

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

ORDERED = 0.5
"""Order parameter from which on a crystal counts as ordered."""
WAVES_PER_SITE = 0.05
"""Waves of occupation, for each site, up to which a crystal is ordered, in whatever structure. L1_0
is one wave and L1_2 three, long periods of it are four to seven; disorder is half as many waves as
there are sites, and just above the transitions of Au-Cu an eighth, more or less."""


def order_parameter(occupations: NDArray[np.bool_], variants: NDArray[np.bool_]) -> FloatArray:
    """Long-range order of crystals (n_sites, n_crystals): 1 if one is one of the `variants`.

    The correlation of the occupations with those of the variant that fits best, near 0 if there is
    no order. Of a pure element, which has one variant, twice its share less 1.
    """
    spins = (1.0 - 2.0 * occupations).astype(np.float32)
    wanted = (1.0 - 2.0 * variants).astype(np.float32)
    products: FloatArray = (wanted @ spins / len(spins)).max(axis=0).astype(np.float64)
    mean = float(wanted[0].mean())
    if abs(mean) == 1:
        return products
    best: FloatArray = (products - mean * spins.mean(axis=0)) / (1 - mean**2)
    return best


def count_waves(occupations: NDArray[np.bool_], n_basis: int) -> FloatArray:
    """How many waves occupations (n_sites, n_crystals) of n x n x n primitive cells are made of.

    The inverse participation ratio of their intensities, as a diffraction pattern has them: 1 if
    all intensity is in one peak, m if m peaks share it alike; infinite in a pure crystal.
    """
    n = round((len(occupations) / n_basis) ** (1 / 3))
    spins = (1.0 - 2.0 * occupations).astype(np.float32)
    cells = (spins - spins.mean(axis=0)).reshape(n_basis, n, n, n, -1)
    waves = np.fft.fftn(cells, axes=(1, 2, 3))
    intensities = (waves.real**2 + waves.imag**2).sum(axis=0).reshape(n**3, -1)
    shares: FloatArray = intensities.sum(axis=0, dtype=np.float64) ** 2
    squares = (intensities**2).sum(axis=0, dtype=np.float64)
    found = np.full(len(squares), np.inf)
    np.divide(shares, squares, out=found, where=squares > 0)
    return found
