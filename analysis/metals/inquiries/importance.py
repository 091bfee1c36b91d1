"""Which descriptors matter: how sure coefficients are, shuffled sets, sets left out."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.linear_models.classifier import FittedClasses, fit_classes_along
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.splits import PropertyFold
from analysis.metals.data import SETS
from analysis.runs.points import curve_point

N_SHUFFLES = 5
DRAWN_SETS = SETS[:4]
"""Sets whose coefficients of each fold go to `parameter_draws`: those that come from thought."""
Rows = list[dict[str, Any]]


def draws_frame(fits: ClassFits, fitted: Iterable[FittedClasses]) -> pl.DataFrame:
    """Coefficients of DRAWN_SETS as rows of `parameter_draws`.

    Each of the `fitted` classifiers lacks another part of the materials: a jackknife.
    """
    kept = np.isin(fits.data.sets, DRAWN_SETS)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": fits.model,
                    "origin": "jackknife",
                    "draw": number,
                    "feature": fits.data.features[kept],
                    "parameter": classifier.fitted.weights[kept, 0],
                }
            )
            for number, classifier in enumerate(fitted)
        ]
    )


def importance_jobs(
    fits: ClassFits, classifier: FittedClasses, fold: PropertyFold
) -> list[Callable[[], Rows]]:
    """For each set, what ROC AUC of the test rows is lost without it, in two ways.

    Shuffled: the fitted `classifier` is shown another material's descriptors of the set. Left
    out: a classifier is fitted to the training rows without the set.
    """
    return [
        partial(rows, fits, classifier, fold, of_set)
        for rows in (shuffled_rows, left_out_rows)
        for of_set in SETS
    ]


def shuffled_rows(
    fits: ClassFits, classifier: FittedClasses, fold: PropertyFold, of_set: str
) -> Rows:
    """Mean loss of ROC AUC when one set's descriptors are shuffled among the test rows."""
    from sklearn.metrics import roc_auc_score

    tested, y = fits.data.design.take(fold.test), fits.data.y[fold.test]
    before, of = classifier.fitted.logits(tested)[:, 0], fits.data.sets == of_set
    share = tested.keep(of).times(classifier.fitted.weights[of, 0])
    rng = np.random.default_rng(0)
    after = [
        roc_auc_score(y, before - share + share[rng.permutation(len(y))]) for _ in range(N_SHUFFLES)
    ]
    lost = roc_auc_score(y, before) - np.mean(after)
    place = ("importance", "shuffled", of_set, 0.0)
    return [curve_point(place, "roc_auc_lost", lost, len(y), part="test")]


def left_out_rows(
    fits: ClassFits, classifier: FittedClasses, fold: PropertyFold, of_set: str
) -> Rows:
    """Loss of ROC AUC when a classifier never knew one set."""
    from sklearn.metrics import roc_auc_score

    rest = fits.of_sets(tuple(name for name in SETS if name != of_set))
    # To begin from the fit to the same rows, without the set's coefficients, saves half the way.
    known = classifier.fitted.weights[fits.data.sets != of_set]
    start = replace(classifier.fitted, weights=known)
    (without,) = fit_classes_along(rest.samples, fold.train, [start.strength], start=start)
    y, before = fits.data.y[fold.test], fits.say(classifier, fold.test)
    lost = roc_auc_score(y, before) - roc_auc_score(y, rest.say(without, fold.test))
    place = ("importance", "left out", of_set, 0.0)
    return [curve_point(place, "roc_auc_lost", lost, len(y), part="test")]
