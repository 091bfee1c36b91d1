"""Which descriptors matter: resampled coefficients, shuffled sets, sets left out."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.curves import point
from analysis.metals.data import SETS, Materials
from analysis.metals.models import CHOICE_TOLERANCE, Classifier, fit_logistic

N_DRAWS = 20
DRAWN_SETS = SETS[:4]
"""Sets whose coefficients are resampled into `parameter_draws`: those that come from thought."""
Rows = list[dict[str, Any]]


def draw_coefficients(materials: Materials, strength: float, draw: int) -> FloatArray:
    """Coefficients of a refit to as many materials, drawn with replacement (bootstrap)."""
    rng = np.random.default_rng(draw)
    X, y = materials.dataset.X, materials.dataset.y
    chosen = rng.integers(0, len(y), len(y))
    return fit_logistic(X[chosen], y[chosen], strength, CHOICE_TOLERANCE).coefficients


def draws_frame(materials: Materials, model: str, draws: list[FloatArray]) -> pl.DataFrame:
    """Coefficients of DRAWN_SETS as rows of `parameter_draws`."""
    kept = np.isin(materials.sets, DRAWN_SETS)
    names = np.array(materials.dataset.feature_names)[kept]
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": model,
                    "origin": "bootstrap",
                    "draw": number,
                    "feature": names,
                    "parameter": coefficients[kept],
                }
            )
            for number, coefficients in enumerate(draws)
        ]
    )


def importance_jobs(
    materials: Materials, classifier: Classifier, train: NDArray[np.bool_], test: NDArray[np.bool_]
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
    materials: Materials, classifier: Classifier, test: NDArray[np.bool_], of_set: str
) -> Rows:
    """Loss of ROC AUC when one set's descriptors are shuffled among the `test` rows."""
    X, y = materials.dataset.X[test], materials.dataset.y[test]
    of = materials.sets == of_set
    moved = X[np.random.default_rng(0).permutation(len(y))]
    logit = classifier.logit(X) + (moved[:, of] - X[:, of]) @ classifier.coefficients[of]
    return _loss(("importance", "shuffled", of_set, 0.0), y, classifier.logit(X), logit)


def left_out_rows(
    materials: Materials,
    classifier: Classifier,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
    of_set: str,
) -> Rows:
    """Loss of ROC AUC when a classifier never knew one set."""
    rest = materials.columns(*(name for name in SETS if name != of_set))
    y = materials.dataset.y
    without = fit_logistic(rest[train], y[train], classifier.strength)
    before = classifier.logit(materials.dataset.X[test])
    return _loss(
        ("importance", "left out", of_set, 0.0), y[test], before, without.logit(rest[test])
    )


def _loss(
    place: tuple[str, str, str, float], y: FloatArray, before: FloatArray, after: FloatArray
) -> Rows:
    from sklearn.metrics import roc_auc_score

    lost = roc_auc_score(y, before) - roc_auc_score(y, after)
    return [point(place, "roc_auc_lost", lost, len(y), part="test")]
