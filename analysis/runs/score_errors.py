"""How far one score may lie from another on the same samples by chance alone.

A score is, but for terms that vanish with the number of samples, a constant plus the mean of one
number per sample, its influence (Hampel 1974, 10.1080/01621459.1974.10482962). So the difference
of two scores on the same samples has the standard error of a mean of differences; of the ROC AUC
it is that of DeLong, DeLong and Clarke-Pearson (1988, 10.2307/2531595). No resampling is needed.
"""

import numpy as np

from analysis.metrics import MEV, FloatArray


def sample_influence(metric: str, target: FloatArray, prediction: FloatArray) -> FloatArray | None:
    """Influence of each sample on a score, shape (n,), in the unit of the score.

    None if the score has no such thing, as a maximum has not. `target` is in eV/atom, or 0 and 1.
    """
    error = prediction - target
    square, size = error**2, np.abs(error)
    is_called = prediction >= 0.5
    result: FloatArray | None = None
    if metric == "rmse":
        result = MEV * (square - square.mean()) / (2 * np.sqrt(square.mean()))
    elif metric == "mae":
        result = MEV * (size - size.mean())
    elif metric == "brier":
        result = square - square.mean()
    elif metric == "r2":
        spread = (target - target.mean()) ** 2
        result = (square.mean() / spread.mean() * spread - square) / spread.mean()
    elif metric == "balanced_accuracy":
        result = _of_classes(target, (is_called == (target == 1)).astype(float), each=0.5)
    elif metric == "f1":
        hits, calls = 2.0 * (is_called & (target == 1)), is_called + target
        result = (hits - hits.mean() / calls.mean() * calls) / calls.mean()
    elif metric == "roc_auc":
        result = _of_classes(target, _share_below(target, prediction), each=1.0)
    return result


def _of_classes(target: FloatArray, values: FloatArray, *, each: float) -> FloatArray:
    """Influence on the sum over both classes of `each` times the mean of their `values`."""
    result = np.empty(len(target))
    for label in (0, 1):
        own = target == label
        result[own] = each * (values[own] - values[own].mean()) / own.mean()
    return result


def _share_below(target: FloatArray, prediction: FloatArray) -> FloatArray:
    """Share of the other class that each sample is rightly ranked against; half for a tie."""
    from scipy.stats import rankdata

    positive = target == 1
    ranks = rankdata(prediction)
    within = np.empty(len(target))
    for own in (positive, ~positive):
        within[own] = rankdata(prediction[own])
    below: FloatArray = (ranks - within) / np.where(positive, (~positive).sum(), positive.sum())
    return np.where(positive, below, 1 - below)
