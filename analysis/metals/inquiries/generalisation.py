"""How far the classifier carries: trained on fewer materials, or on none with some element."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.metals.data import LabelledMaterials
from analysis.metals.inquiries.result_rows import has_both, score_rows
from analysis.metals.models.classifier import TOLERANCE, Classifier, fit_at_strength

MODEL = "logistic_regression"
SIZES = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
LEAST_TESTED = 30
"""Materials that must contain an element for the score without it to mean something."""
COARSE = 3e-4
"""Gradient at which a fit without one element ends: there is one for each. Each begins from
nothing: the fit to all materials has a gradient below this already, and an AUC of .98 for iron's
materials instead of .916, for it has seen them."""
Rows = list[dict[str, Any]]


def learning_jobs(
    materials: LabelledMaterials,
    classifier: Classifier,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
) -> list[Callable[[], Rows]]:
    """Scores of the `test` rows after training on ever more of the `train` rows.

    `classifier` is the fit to all of them, whose C the others take.
    """
    order = np.random.default_rng(0).permutation(np.flatnonzero(train))
    tested, strength = np.flatnonzero(test), classifier.strength
    whole = ("learning", MODEL, "", len(order))
    X, y = materials.dataset.X[test], materials.dataset.y[test]
    return [
        *(
            partial(
                _fit_and_score, materials, strength, order[:n], tested, ("learning", MODEL, "", n)
            )
            for n in SIZES
            if n < len(order)
        ),
        lambda: score_rows(whole, y, classifier.probability(X), part="test"),
    ]


def element_jobs(materials: LabelledMaterials, strength: float) -> list[Callable[[], Rows]]:
    """For each element, scores of all materials that contain it after training without them."""
    entries = materials.dataset.samples.select("elements").with_row_index("row").explode("elements")
    y = materials.dataset.y
    jobs: list[Callable[[], Rows]] = []
    for (element,), part in entries.group_by("elements", maintain_order=True):
        test = part["row"].to_numpy()
        if len(test) < LEAST_TESTED or not has_both(y[test]):
            continue
        train = np.setdiff1d(np.arange(len(y)), test)
        place = ("leave_element_out", MODEL, str(element), 0.0)
        jobs.append(
            partial(
                _fit_and_score,
                materials,
                strength,
                train,
                test,
                place,
                split="leave_element_out",
                tolerance=COARSE,
            )
        )
    return jobs


def _fit_and_score(
    materials: LabelledMaterials,
    strength: float,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    place: tuple[str, str, str, float],
    split: str = "official_folds",
    tolerance: float = TOLERANCE,
) -> Rows:
    X, y = materials.dataset.X, materials.dataset.y
    if not has_both(y[train]):
        return []
    fitted = fit_at_strength(X[train], y[train], strength, tolerance)
    return score_rows(place, y[test], fitted.probability(X[test]), part="test", split=split)
