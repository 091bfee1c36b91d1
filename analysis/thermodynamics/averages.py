"""Means of correlated samples, and how sure they are."""

from dataclasses import dataclass

import numpy as np

from analysis.datasets import FloatArray

WINDOW = 5.0
"""Correlations are added up as far as this many times the time that they give (Sokal 1997)."""


@dataclass(frozen=True, eq=False)
class Averages:
    """Of several chains (n_chains,): mean, its standard error, and what it is made of.

    `n_effective` is how many independent samples would tell as much; the standard error is NaN
    where there are fewer than five. A chain that never changed tells as much as one sample.
    """

    mean: FloatArray
    standard_error: FloatArray
    n_effective: FloatArray
    variance: FloatArray


def average(samples: FloatArray) -> Averages:
    """Averages of chains `samples` (n_samples, n_chains)."""
    n_samples = len(samples)
    mean = samples.mean(axis=0)
    centred = samples - mean
    variance = (centred**2).mean(axis=0)
    times = np.array([correlation_time(chain) for chain in centred.T])
    is_frozen = np.ptp(samples, axis=0) == 0
    n_effective = np.where(is_frozen, 1.0, np.clip(n_samples / (2 * times), 1.0, n_samples))
    error = np.sqrt(variance / np.maximum(n_effective - 1, 1))
    # A short chain has seen less than all of its fluctuations.
    variance = variance * n_effective / np.maximum(n_effective - 1, 1)
    return Averages(mean, np.where(n_effective >= 5, error, np.nan), n_effective, variance)


def correlation_time(centred: FloatArray) -> float:
    """Integrated autocorrelation time of a chain (n_samples,) of mean 0, in samples; 1/2 at least.

    The sum is cut where it no longer pays (Sokal 1997, 10.1007/978-1-4899-0319-8_6).
    """
    n = len(centred)
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    correlations = np.fft.irfft(power)[:n]
    if correlations[0] <= 1e-24 * n:
        return 0.5
    sums = np.cumsum(correlations / correlations[0]) - 0.5
    far = np.arange(n) >= WINDOW * sums
    return float(max(sums[far.argmax() if far.any() else -1], 0.5))
