"""What energies have that no interactions explain, learned for each pair of elements.

Most of it is relaxation, which grows with how much the atoms that meet in a cell differ in size. So
of three elements or more the variance of a structure's noise is

    Σ 4 · share of one element · share of another · variance of the two

over all pairs of elements. It is a pair's own at equal amounts of the two, and there is none of one
element alone, whose energy is zero by definition. Energies that a model explains well then count
for more than others, and bounds around predictions are as wide as their elements demand. (Noise
that depends on the input: Goldberg, Williams, Bishop 1998, Regression with input-dependent noise.)
"""

import numpy as np

from analysis.datasets import FloatArray

LEAST_VARIANCE = 1e-6
"""Share of the rows' mean below which no row's variance is taken, so that none decides alone."""


def mix_pairs(shares: FloatArray) -> FloatArray:
    """Four times the product of the shares of each two elements, shape (n, n_pairs).

    `shares` has shape (n, n_elements); pairs come in the order of `numpy.triu_indices`.
    """
    first, second = np.triu_indices(shares.shape[1], 1)
    return np.asarray(4 * shares[:, first] * shares[:, second])


def relative_noise(shares: FloatArray, variances: FloatArray) -> FloatArray:
    """Variance of each row's noise in units of the fitted rows' mean, shape (n,).

    `variances` (n_pairs,) of each pair are in that unit.
    """
    return np.maximum(mix_pairs(shares) @ variances, LEAST_VARIANCE)
