"""Scores of probabilities of classes. Each is of one fold; classes that it lacks do not count."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

Labels = NDArray[np.int64]
ClassScore = Callable[[Labels, FloatArray], float]
"""A score of classes by place, shape (n_samples,), and probabilities, shape (n_samples, n_classes).
"""
BINS = 10
"""Of the probability of the called class, to compare it with how often the call is right."""


def confusion_counts(labels: Labels, called: Labels, n_classes: int) -> NDArray[np.int64]:
    """How many samples of each class (row) were called each class (column)."""
    pairs = np.bincount(labels * n_classes + called, minlength=n_classes**2)
    return pairs.reshape(n_classes, n_classes)


def balanced_accuracy(labels: Labels, said: FloatArray) -> float:
    """Mean over the classes of the share of their samples that is called rightly."""
    counts = confusion_counts(labels, said.argmax(axis=1), said.shape[1])
    there = counts.sum(axis=1) > 0
    return float((np.diag(counts)[there] / counts.sum(axis=1)[there]).mean())


def macro_f1(labels: Labels, said: FloatArray) -> float:
    """Mean over the classes of the harmonic mean of precision and recall."""
    counts = confusion_counts(labels, said.argmax(axis=1), said.shape[1])
    sums = counts.sum(axis=0) + counts.sum(axis=1)
    there = sums > 0
    return float((2 * np.diag(counts)[there] / sums[there]).mean())


def log_loss(labels: Labels, said: FloatArray) -> float:
    """Mean of minus the natural logarithm of the probability of a sample's own class."""
    own = said[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(own, np.finfo(float).eps)).mean())


def brier(labels: Labels, said: FloatArray) -> float:
    """Mean square of probability less truth, summed over classes; of two, of the second alone."""
    squares = (said - (labels[:, None] == np.arange(said.shape[1]))) ** 2
    return float(squares.sum(axis=1).mean() / (2 if said.shape[1] == 2 else 1))


def roc_auc(labels: Labels, said: FloatArray) -> float:
    """Chance that a sample of a class has a higher probability of it than one of another class.

    The mean over classes, each against the rest.
    """
    from scipy.stats import rankdata

    areas = []
    for place in np.unique(labels):
        own = labels == place
        n_own, n_other = int(own.sum()), int((~own).sum())
        if n_other:
            ranks = rankdata(said[:, place])[own].sum()
            areas.append((ranks - n_own * (n_own + 1) / 2) / (n_own * n_other))
    return float(np.mean(areas)) if areas else np.nan


def calibration_error(labels: Labels, said: FloatArray) -> float:
    """Mean distance of the called class's probability from the share of calls that are right.

    Of BINS bins of that probability, weighed by their samples (Guo et al. 2017, arXiv:1706.04599).
    """
    top, is_right = said.max(axis=1), said.argmax(axis=1) == labels
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, is_right - top, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


CLASS_SCORES: Mapping[str, ClassScore] = {
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
    "log_loss": log_loss,
    "brier": brier,
    "roc_auc": roc_auc,
    "calibration_error": calibration_error,
}
"""By name; none has a unit."""


def weighted_log_loss(labels: Labels, said: FloatArray, weights: FloatArray) -> float:
    """The log loss of samples that count by their weights, shape (n_samples,)."""
    own = np.maximum(said[np.arange(len(labels)), labels], np.finfo(float).eps)
    return float(np.average(-np.log(own), weights=weights))


def weighted_balanced_accuracy(labels: Labels, said: FloatArray, weights: FloatArray) -> float:
    """Mean over the classes of the share of their weight that is called rightly."""
    is_right = said.argmax(axis=1) == labels
    whole = np.bincount(labels, weights, said.shape[1])
    right = np.bincount(labels, weights * is_right, said.shape[1])
    return float((right[whole > 0] / whole[whole > 0]).mean())


WEIGHTED_CLASS_SCORES = {
    "weighted_log_loss": weighted_log_loss,
    "weighted_balanced_accuracy": weighted_balanced_accuracy,
}
"""Likewise, of samples that count by their weights."""


def weigh_alike(said: FloatArray, shares: FloatArray) -> FloatArray:
    """Probabilities as they would be if all classes were equally frequent (Bayes' rule).

    `shares` are those of the classes in training; one that it lacks keeps no probability.
    """
    weighed = said / np.where(shares > 0, shares, np.inf)
    return np.asarray(weighed / weighed.sum(axis=1, keepdims=True))
