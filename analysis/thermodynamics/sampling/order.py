"""Long-range order: how much a crystal is like an ordered structure, in whichever variant."""

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

ORDERED = 0.5
"""Order parameter from which on a crystal counts as ordered."""


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
