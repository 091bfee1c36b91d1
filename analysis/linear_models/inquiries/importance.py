"""How much a model leans on a set of descriptors: shuffled among the test rows, or left out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.splits import PropertyFold
from analysis.runs.points import curve_point

CURVE = "importance"
SHUFFLED, LEFT_OUT = "shuffled", "left out"
N_SHUFFLES = 5
Points = list[dict[str, Any]]


def shuffled_points(fits: Fits[F], fitted: F, fold: PropertyFold, sets: Sequence[str]) -> Points:
    """What is lost when test rows get another one's descriptors of a set: the mean of N_SHUFFLES.

    `fitted` is the fit to the training part of the fold; nothing is fitted again.
    """
    tested = fits.data.design.take(fold.test)
    weights, intercepts = fits.kept(fitted)
    before = tested.times(weights) + intercepts
    points = []
    for of_set, share in zip(sets, fits.shares(fitted, tested, sets), strict=True):
        rng = np.random.default_rng(0)
        orders = [rng.permutation(len(share)) for _ in range(N_SHUFFLES)]
        after = [before - share + share[order] for order in orders]
        points += _lost_points(fits, (SHUFFLED, of_set), fold, before, after)
    return points


def left_out_points(fits: Fits[F], fitted: F, fold: PropertyFold, of_set: str) -> Points:
    """What a fit to the same training rows, at the same strength, loses without a set."""
    kept = fits.data.sets != of_set
    rest = fits.of_sets(tuple(dict.fromkeys(map(str, fits.data.sets[kept]))))
    without = rest.fit_again(fold.train, fitted, kept)
    sums = []
    for own, fit in ((fits, fitted), (rest, without)):
        weights, intercepts = own.kept(fit)
        sums.append(own.data.design.take(fold.test).times(weights) + intercepts)
    return _lost_points(fits, (LEFT_OUT, of_set), fold, sums[0], sums[1:])


def _lost_points(
    fits: Fits[F],
    place: tuple[str, str],
    fold: PropertyFold,
    before: FloatArray,
    after: Sequence[FloatArray],
) -> Points:
    """The mean loss of test rows `after` less that `before`, and of two classes the ROC AUC lost.

    Errors are standard errors over the test rows.
    """
    rows, y = fold.test, fits.data.y[fold.test]
    lost = np.mean([fits.losses_of(sums, rows) for sums in after], axis=0)
    lost -= fits.losses_of(before, rows)
    told = [(f"{fits.metric}_lost", lost.mean(), fits.unit, lost.std() / np.sqrt(len(lost)))]
    if len(fits.data.classes) == 2 and len(np.unique(y)) == 2:
        told.append(("roc_auc_lost", *_lose_area(y, before[:, 0], [one[:, 0] for one in after])))
    return [
        curve_point(
            (CURVE, *place, 0.0), metric, value, len(rows), str(fold.parting), "test", unit, error
        )
        for metric, value, unit, error in told
    ]


def _lose_area(
    y: FloatArray, before: FloatArray, after: Sequence[FloatArray]
) -> tuple[float, str, float]:
    """ROC AUC before less its mean after, its unit, and the standard error over the samples.

    By the areas of single samples, which are paired: DeLong et al. 1988, doi:10.2307/2531595.
    """
    from sklearn.metrics import roc_auc_score

    lost = roc_auc_score(y, before) - np.mean([roc_auc_score(y, said) for said in after])
    single = _areas(y, before) - np.mean([_areas(y, said) for said in after], axis=0)
    parts = [single[y == one] for one in (0, 1)]
    return float(lost), "1", float(np.sqrt(sum(part.var() / len(part) for part in parts)))


def _areas(y: FloatArray, said: FloatArray) -> FloatArray:
    """Of each sample the share of the other class that stands on its right side; ties are half."""
    areas = np.empty(len(y))
    for one in (0, 1):
        others, own = np.sort(said[y != one]), said[y == one]
        below = (np.searchsorted(others, own) + np.searchsorted(others, own, "right")) / 2
        share = below / len(others)
        areas[y == one] = share if one else 1 - share
    return areas
