"""Means of correlated samples, how sure they are, and whether they still move."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

WINDOW = 5.0
"""Correlations are added up as far as this many times the time that they give (Sokal 1997)."""
FEWEST = 5
"""Independent samples that an error bar needs."""


@dataclass(frozen=True, eq=False)
class Averages:
    """Of several chains (n_chains,): mean, its standard error, and what it is made of.

    `n_effective` is how many independent samples would tell as much; the standard error is NaN
    where there are fewer than five. A chain that never changed tells as much as one sample.
    `drift` is the mean of the second half of the samples less that of the first.
    """

    mean: FloatArray
    standard_error: FloatArray
    n_effective: FloatArray
    variance: FloatArray
    drift: FloatArray

    @property
    def is_steady(self) -> bool:
        """Whether no chain drifts by more than its error allows: 2.5 standard deviations of it.

        Halves differ by twice the error of the mean of both.
        """
        known = ~np.isnan(self.standard_error)
        is_still = np.abs(self.drift) <= 2.5 * 2 * self.standard_error
        return bool(is_still[known].all() and (known | (self.variance == 0)).all())

    def take(self, places: NDArray[np.int64]) -> "Averages":
        """Those of some of the chains."""
        return Averages(**{name: values[places] for name, values in vars(self).items()})


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
    half = n_samples // 2
    drift = samples[n_samples - half :].mean(axis=0) - samples[:half].mean(axis=0) if half else mean
    is_known = n_effective >= FEWEST
    return Averages(mean, np.where(is_known, error, np.nan), n_effective, variance, drift)


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
