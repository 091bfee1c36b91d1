"""How far one score may lie from another on the same samples by chance alone.

A score is, but for terms that vanish with the number of samples, a constant plus the mean of one
number per sample, its influence (Hampel 1974, 10.1080/01621459.1974.10482962). So the difference
of two scores on the same samples has the standard error of a mean of differences; of the ROC AUC
it is that of DeLong, DeLong and Clarke-Pearson (1988, 10.2307/2531595). No resampling is needed.

Samples of one formula are predicted alike, and err alike: they are no independent ones.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.metrics import FloatArray


def standard_error(influence: FloatArray, groups: NDArray[np.integer]) -> float | None:
    """Standard error of a score, or of a mean, in its unit: None if there is one group alone.

    `influence` of each sample on the score, or its values, and the number of its group have shape
    (n,). Groups are independent, what is in them is not: the error is cluster-robust (Liang and
    Zeger 1986, 10.1093/biomet/73.1.13; of the ROC AUC: Obuchowski 1997, 10.2307/2533958). Of
    samples that are a group each it is the usual one.
    """
    sums = np.bincount(groups, influence - influence.mean())
    n_groups = np.count_nonzero(np.bincount(groups))
    if n_groups < 2:
        return None
    return float(np.sqrt(n_groups / (n_groups - 1) * (sums @ sums)) / len(influence))


def sample_influence(metric: str, target: FloatArray, prediction: FloatArray) -> FloatArray | None:
    """Influence of each sample on a score, shape (n,), in the unit of the target.

    None if the score has no such thing, as a maximum has not. `target` are numbers, or 0 and 1.
    """
    error = prediction - target
    square, size = error**2, np.abs(error)
    is_called = prediction >= 0.5
    result: FloatArray | None = None
    if metric == "rmse":
        result = (square - square.mean()) / (2 * np.sqrt(square.mean()))
    elif metric == "mae":
        result = size - size.mean()
    elif metric == "brier":
        result = square - square.mean()
    elif metric == "r2":
        spread = (target - target.mean()) ** 2
        result = (square.mean() / spread.mean() * spread - square) / spread.mean()
    elif metric == "balanced_accuracy":
        result = accuracy_influence(target, is_called)
    elif metric == "f1":
        hits, calls = 2.0 * (is_called & (target == 1)), is_called + target
        result = (hits - hits.mean() / calls.mean() * calls) / calls.mean()
    elif metric == "roc_auc":
        result = area_influence(target, prediction)
    return result


def accuracy_influence(target: FloatArray, is_called: NDArray[np.bool_]) -> FloatArray:
    """The same of the balanced accuracy, whatever the threshold from which 1 `is_called`."""
    return _of_classes(target, (is_called == (target == 1)).astype(float), each=0.5)


def area_influence(target: FloatArray, prediction: FloatArray) -> FloatArray:
    """The same of the ROC AUC, of predictions of any kind that rank samples of both classes."""
    return _of_classes(target, _share_below(target, prediction), each=1.0)


def class_influence(metric: str, is_own: FloatArray, said: FloatArray) -> FloatArray | None:
    """The same of a score of classes: `is_own` is 1 where a sample is of a class.

    Both that and the probabilities `said` have shape (n, n_classes). Classes without samples do
    not count.
    """
    is_called = (said == said.max(axis=1, keepdims=True)).astype(float)
    there = is_own.any(axis=0) & ~is_own.all(axis=0)
    result: FloatArray | None = None
    if metric == "log_loss":
        own = np.maximum((said * is_own).sum(axis=1), np.finfo(float).eps)
        result = -np.log(own) + np.log(own).mean()
    elif metric == "brier":
        squares = ((said - is_own) ** 2).sum(axis=1) / (2 if said.shape[1] == 2 else 1)
        result = squares - squares.mean()
    elif metric == "balanced_accuracy":
        recall = (is_own * is_called).sum(axis=0) / np.maximum(is_own.sum(axis=0), 1)
        moved = is_own * (is_called - recall) / np.maximum(is_own.mean(axis=0), 1e-300)
        result = moved[:, is_own.any(axis=0)].mean(axis=1)
    elif metric == "macro_f1":
        hits, calls = 2 * is_called * is_own, is_called + is_own
        known = calls.any(axis=0)
        hits, calls = hits[:, known], calls[:, known]
        share = hits.mean(axis=0) / calls.mean(axis=0)
        result = ((hits - share * calls) / calls.mean(axis=0)).mean(axis=1)
    elif metric == "roc_auc" and there.any():
        areas = (
            area_influence(own, of) for own, of in zip(is_own.T[there], said.T[there], strict=True)
        )
        result = np.asarray(np.mean(list(areas), axis=0))
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
