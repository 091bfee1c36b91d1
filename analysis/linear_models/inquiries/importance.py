"""How much a model leans on a set of descriptors: shuffled among the test rows, or left out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.splits import PropertyFold
from analysis.runs.points import curve_point
from analysis.runs.score_errors import area_influence, standard_error

CURVE = "importance"
SHUFFLED, LEFT_OUT = "shuffled", "left out"
N_SHUFFLES = 5
Points = list[dict[str, Any]]


def shuffled_points(fits: Fits[F], fitted: F, fold: PropertyFold, sets: Sequence[str]) -> Points:
    """What is lost when test rows get another one's descriptors of a set: the mean of N_SHUFFLES.

    `fitted` is the fit to the training part of the fold; nothing is fitted again.
    """
    tested = fits.data.design.take(fold.test).within(fitted.limits)
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
        tested = own.data.design.take(fold.test).within(fit.limits)
        sums.append(tested.times(weights) + intercepts)
    return _lost_points(fits, (LEFT_OUT, of_set), fold, sums[0], sums[1:])


def _lost_points(
    fits: Fits[F],
    place: tuple[str, str],
    fold: PropertyFold,
    before: FloatArray,
    after: Sequence[FloatArray],
) -> Points:
    """The mean loss of test rows `after` less that `before`, and of two classes the ROC AUC lost.

    Errors are standard errors over the formulas of the test rows, or over their chemical systems
    where the split holds out these.
    """
    rows, y = fold.test, fits.data.y[fold.test]
    groups = fold.group_tested(fits.data).rank("dense").to_numpy()
    lost = np.mean([fits.losses_of(sums, rows) for sums in after], axis=0)
    lost -= fits.losses_of(before, rows)
    told = [(f"{fits.metric}_lost", lost.mean(), fits.unit, standard_error(lost, groups))]
    if len(fits.data.classes) == 2 and len(np.unique(y)) == 2:
        area, influence = _lose_area(y, before[:, 0], [one[:, 0] for one in after])
        told.append(("roc_auc_lost", area, "1", standard_error(influence, groups)))
    return [
        curve_point(
            (CURVE, *place, 0.0), metric, value, len(rows), str(fold.parting), "test", unit, error
        )
        for metric, value, unit, error in told
    ]


def _lose_area(
    y: FloatArray, before: FloatArray, after: Sequence[FloatArray]
) -> tuple[float, FloatArray]:
    """ROC AUC before less its mean after, and the influence of each sample on that."""
    from sklearn.metrics import roc_auc_score

    lost = roc_auc_score(y, before) - np.mean([roc_auc_score(y, said) for said in after])
    left = np.mean([area_influence(y, said) for said in after], axis=0)
    return float(lost), area_influence(y, before) - left
