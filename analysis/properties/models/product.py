"""The product's own model of a property: Huber regression, its strength chosen by held-out rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.properties.models.choice import split_rows_inside, walk
from analysis.properties.models.design import Design
from analysis.properties.models.huber import ENOUGH, LinearFit, fit_huber
from analysis.properties.models.scaling import ScaledDesign

STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Candidates for the strength of the penalty on a target whose mean distance from its median is 1:
so a property has the same fit in eV and in meV."""
FIRST_STRENGTH = 1.0
"""Where the walk over STRENGTHS begins; it turns to the weaker if the next stronger is worse."""
THRESHOLD_SHARE = 0.1
"""Threshold of Huber's loss in that unit."""
CHOICE_ENOUGH = 3e-3
"""Share of the loss that a round must gain for another one, in fits that only compare strengths."""
LEVEL = 0.9
"""Share of held-out errors that an interval is to hold."""


@dataclass(frozen=True)
class FittedProperty:
    """A fit, and what held-out rows of its training part said of it.

    Attributes:
        fitted: Weights for descriptors as they are, not scaled.
        interval: Half the width that holds a share LEVEL of errors, in the target's unit.
        lowest: No prediction is below it.

    """

    fitted: LinearFit
    interval: float
    lowest: float

    def predict(self, design: Design) -> FloatArray:
        """Shape (n_samples,)."""
        return np.maximum(self.fitted.predict(design), self.lowest)


def fit_product(
    design: Design,
    y: FloatArray,
    groups: NDArray[np.str_],
    rows: NDArray[np.int64],
    seed: int,
    *,
    lowest: float = -np.inf,
    is_ridge: bool = False,
) -> FittedProperty:
    """Choose the strength inside `rows`, fit to all of them, and learn from held-out errors.

    `groups`, shape (n_samples,), stay on one side of every inner split. No prediction is below
    `lowest`. With `is_ridge` the loss is square, else Huber's.
    """
    threshold = np.inf if is_ridge else THRESHOLD_SHARE
    splits = split_rows_inside(rows, groups, seed)
    parts = [_Part.of(design, y, train, test, threshold, lowest) for train, test in splits]
    best = walk(
        STRENGTHS, FIRST_STRENGTH, lambda strength, before: _Trial.of(parts, strength, before)
    )
    errors = np.concatenate(best.errors)
    level = min(1.0, LEVEL * (1 + 1 / len(errors)))
    whole = _Part.of(design, y, rows, rows[:0], threshold, lowest)
    # The chosen trial saw no row that `rows` does not have: a good place to begin.
    start = whole.adopt(parts[0].restore(best.fits[0]))
    fitted = whole.fit(best.strength, start)
    return FittedProperty(whole.restore(fitted), float(np.quantile(errors, level)), lowest)


def fit_at(
    design: Design,
    y: FloatArray,
    rows: NDArray[np.int64],
    strength: float,
    lowest: float = -np.inf,
) -> FittedProperty:
    """The same at a strength that was chosen elsewhere; its interval is unknown."""
    part = _Part.of(design, y, rows, rows[:0], THRESHOLD_SHARE, lowest)
    return FittedProperty(part.restore(part.fit(strength, None)), np.nan, lowest)


@dataclass(frozen=True)
class _Part:
    """Training rows with scaled descriptors that enough of them have, and rows held out.

    Targets are in units of `unit`, their mean distance from the median of the training rows.
    """

    scaled: ScaledDesign
    y: FloatArray
    y_held_out: FloatArray
    unit: float
    threshold: float
    lowest: float

    @classmethod
    def of(
        cls,
        design: Design,
        y: FloatArray,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        threshold: float,
        lowest: float,
    ) -> "_Part":
        unit = float(np.abs(y[train] - np.median(y[train])).mean()) or 1.0
        scaled = ScaledDesign.of(design, train, test)
        return cls(scaled, y[train] / unit, y[test] / unit, unit, threshold, lowest)

    def fit(self, strength: float, start: LinearFit | None, enough: float = ENOUGH) -> LinearFit:
        return fit_huber(self.scaled.train, self.y, strength, self.threshold, start, enough)

    def adopt(self, fitted: LinearFit) -> LinearFit:
        """A fit for all columns of the design, for the scaled ones that this part keeps."""
        weights, intercept = self.scaled.adopt(fitted.weights, fitted.intercept)
        return replace(fitted, weights=weights / self.unit, intercept=float(intercept) / self.unit)

    def restore(self, fitted: LinearFit) -> LinearFit:
        """The fit for all columns of the design, in the units of these and of the target."""
        weights, intercept = self.scaled.restore(fitted.weights, fitted.intercept)
        return replace(
            fitted,
            weights=self.unit * weights,
            intercept=self.unit * float(intercept),
            threshold=self.unit * fitted.threshold,
        )


@dataclass(frozen=True)
class _Trial:
    """A step of the walk: mean absolute held-out error, the fits, and the errors of each split."""

    strength: float
    loss: float
    fits: Sequence[LinearFit]
    errors: Sequence[FloatArray]

    @classmethod
    def of(cls, parts: Sequence[_Part], strength: float, before: "_Trial | None") -> "_Trial":
        starts = before.fits if before else [None] * len(parts)
        fits = [
            part.fit(strength, start, CHOICE_ENOUGH)
            for part, start in zip(parts, starts, strict=True)
        ]
        errors = [
            part.unit
            * np.abs(np.maximum(fit.predict(part.scaled.held_out), part.lowest) - part.y_held_out)
            for part, fit in zip(parts, fits, strict=True)
        ]
        return cls(strength, float(np.concatenate(errors).mean()), fits, errors)
