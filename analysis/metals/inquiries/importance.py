"""Which descriptors matter: how sure coefficients are, shuffled sets, sets left out."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.metals.data import SETS, LabelledMaterials
from analysis.metals.models.classifier import Classifier, fit_at_strength
from analysis.runs.points import curve_point

N_SHUFFLES = 5
DRAWN_SETS = SETS[:4]
"""Sets whose coefficients of each fold go to `parameter_draws`: those that come from thought."""
Rows = list[dict[str, Any]]


def draws_frame(
    materials: LabelledMaterials, model: str, fitted: Iterable[Classifier]
) -> pl.DataFrame:
    """Coefficients of DRAWN_SETS as rows of `parameter_draws`.

    Each of the `fitted` classifiers lacks another part of the materials: a jackknife.
    """
    kept = np.isin(materials.sets, DRAWN_SETS)
    names = np.array(materials.dataset.feature_names)[kept]
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": model,
                    "origin": "jackknife",
                    "draw": number,
                    "feature": names,
                    "parameter": classifier.coefficients[kept],
                }
            )
            for number, classifier in enumerate(fitted)
        ]
    )


def importance_jobs(
    materials: LabelledMaterials,
    classifier: Classifier,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
) -> list[Callable[[], Rows]]:
    """For each set, what ROC AUC of the `test` rows is lost without it, in two ways.

    Shuffled: the fitted `classifier` is shown another material's descriptors of the set. Left
    out: a classifier is fitted to the `train` rows without the set.
    """
    return [
        *(partial(shuffled_rows, materials, classifier, test, of_set) for of_set in SETS),
        *(partial(left_out_rows, materials, classifier, train, test, of_set) for of_set in SETS),
    ]


def shuffled_rows(
    materials: LabelledMaterials, classifier: Classifier, test: NDArray[np.bool_], of_set: str
) -> Rows:
    """Mean loss of ROC AUC when one set's descriptors are shuffled among the `test` rows."""
    from sklearn.metrics import roc_auc_score

    X, y = materials.dataset.X[test], materials.dataset.y[test]
    before, of = classifier.logit(X), materials.sets == of_set
    share = X[:, of] @ classifier.coefficients[of]
    rng = np.random.default_rng(0)
    after = [
        roc_auc_score(y, before - share + share[rng.permutation(len(y))]) for _ in range(N_SHUFFLES)
    ]
    lost = roc_auc_score(y, before) - np.mean(after)
    return [
        curve_point(
            ("importance", "shuffled", of_set, 0.0), "roc_auc_lost", lost, len(y), part="test"
        )
    ]


def left_out_rows(
    materials: LabelledMaterials,
    classifier: Classifier,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
    of_set: str,
) -> Rows:
    """Loss of ROC AUC when a classifier never knew one set."""
    from sklearn.metrics import roc_auc_score

    kept = materials.sets != of_set
    rest, y = materials.dataset.X[:, kept], materials.dataset.y
    # To begin from the fit to the same rows, without the set's coefficients, saves half the way.
    start = replace(classifier, coefficients=classifier.coefficients[kept])
    without = fit_at_strength(rest[train], y[train], classifier.strength, start=start)
    before = classifier.logit(materials.dataset.X[test])
    lost = roc_auc_score(y[test], before) - roc_auc_score(y[test], without.logit(rest[test]))
    place = ("importance", "left out", of_set, 0.0)
    return [curve_point(place, "roc_auc_lost", lost, int(test.sum()), part="test")]
