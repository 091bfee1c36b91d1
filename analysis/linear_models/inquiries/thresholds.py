"""What the threshold of a probability does, and what weights of the two classes do."""

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.linear_models.classifier import FittedClasses, fit_classes_along
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.verbs import Rows
from analysis.linear_models.inquiries.points import score_points
from analysis.runs.score_errors import accuracy_influence, standard_error

THRESHOLDS = tuple(round(0.1 + 0.05 * step, 2) for step in range(17))
PLAIN, WEIGHED = "no weights", "balanced"


def threshold_points(
    fits: ClassFits,
    plain: FittedClasses,
    train: Rows,
    held_out: Rows,
    split: str = "official_folds",
) -> list[dict[str, Any]]:
    """Held-out scores of two classes as the threshold moves, of a fit and of one with weights.

    `plain` is the fit to `train`. Weights make both classes count alike: that fit begins from the
    plain one, to the same rows. Where one class is missing there are none. Errors of the balanced
    accuracy are over formulas.
    """
    samples, labels = fits.samples, fits.data.labels
    if any(len(np.unique(labels[rows])) < 2 for rows in (train, held_out)):
        return []
    shares = np.bincount(labels[train], samples.counts[train], 2) / samples.counts[train].sum()
    balanced = replace(samples, counts=samples.counts / (2 * shares[labels]))
    again = (balanced, train, [plain.fitted.strength], plain.l1_ratio, plain.fitted)
    (weighed,) = fit_classes_along(*again)
    target, formulas = fits.data.y[held_out], fits.data.formulas[held_out]
    return [
        point | ({"standard_error": error} if point["metric"] == "balanced_accuracy" else {})
        for series, fitted in ((PLAIN, plain), (WEIGHED, weighed))
        for said in [fits.say(fitted, held_out)]
        for threshold in THRESHOLDS
        for error in [standard_error(accuracy_influence(target, said >= threshold), formulas)]
        for point in score_points(
            ("threshold", fits.model, series, threshold),
            target,
            said,
            split=split,
            threshold=threshold,
        )
    ]
