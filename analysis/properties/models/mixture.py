"""Multinomial regression with a mixture of L1 and L2, by accelerated proximal gradients.

Beck and Teboulle 2009 (doi:10.1137/080716542), begun anew when the loss rises (O'Donoghue and
Candès 2015, doi:10.1007/s10208-013-9150-3). It is for sweeps on a few thousand rows.
"""

from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.properties.models.multinomial import MultinomialFit, count_logits, log_probabilities

MOST_STEPS = 300
ENOUGH = 1e-5
"""Largest step of a weight, times the curvature, at which it ends."""


def fit_mixture(
    X: Any,
    is_own: FloatArray,
    alpha: float,
    l1_ratio: float,
    start: MultinomialFit | None = None,
) -> MultinomialFit:
    """Minimise the mean log loss + alpha · (l1_ratio · Σ|w| + (1 - l1_ratio) · Σw² / 2).

    `X` is sparse, shape (n_samples, n_columns); `is_own` is 1 where a sample is of a class, shape
    (n_samples, n_classes). Intercepts are not penalised.
    """
    n, n_logits = X.shape[0], count_logits(is_own.shape[1])
    curvature = (0.25 if n_logits == 1 else 0.5) * (_largest_square(X) + n) / n
    ridge = alpha * (1 - l1_ratio)
    shape = (X.shape[1] + 1, n_logits)
    weights = np.vstack([start.weights, start.intercepts]) if start else np.zeros(shape)
    ahead, pace = weights, 1.0
    for _ in range(MOST_STEPS):
        said = np.exp(log_probabilities(X @ ahead[:-1] + ahead[-1]))
        residuals = (said - is_own)[:, -n_logits:] / n
        slopes = np.vstack([X.T @ residuals + ridge * ahead[:-1], residuals.sum(axis=0)])
        moved = ahead - slopes / (curvature + ridge)
        bound = alpha * l1_ratio / (curvature + ridge)
        moved[:-1] = np.sign(moved[:-1]) * np.maximum(np.abs(moved[:-1]) - bound, 0)
        step = moved - weights
        if float(((ahead - moved) * step).sum()) > 0:
            pace = 1.0  # The momentum led uphill.
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead, weights = moved + (pace - 1) / faster * step, moved
        pace = faster
        if np.abs(step).max() * curvature <= ENOUGH:
            break
    return MultinomialFit(weights[:-1], weights[-1], alpha)


def _largest_square(X: Any) -> float:
    """Largest eigenvalue of XᵀX, by power iteration."""
    vector = np.ones(X.shape[1]) / np.sqrt(X.shape[1])
    size = 0.0
    for _ in range(20):
        vector = X.T @ (X @ vector)
        size = float(np.linalg.norm(vector))
        vector = vector / size
    return 1.05 * size
