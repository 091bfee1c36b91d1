"""The product's own model of a number, by any method, its strength chosen by held-out rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.properties.models.design import Design
from analysis.properties.models.huber import ENOUGH, LinearFit
from analysis.properties.models.intervals import Intervals
from analysis.properties.models.methods import LinearMethod
from analysis.properties.models.scaling import ScaledDesign
from analysis.runs.choice import split_rows_inside, walk

CHOICE_ENOUGH = 3e-3
"""Share of the loss that a round must gain for another one, in fits that only compare strengths."""


@dataclass(frozen=True)
class FittedProperty:
    """A fit, and what held-out rows of its training part said of it.

    Attributes:
        fitted: Weights for descriptors as they are, not scaled.
        intervals: Half the width about a prediction that holds nine tenths of errors; None of a fit
            that had no held-out rows.
        lowest: No prediction is below it.

    """

    fitted: LinearFit
    intervals: Intervals | None
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
    method: LinearMethod,
    lowest: float = -np.inf,
) -> FittedProperty:
    """Choose the strength inside `rows`, fit to all of them, and learn from held-out errors.

    `groups`, shape (n_samples,), stay on one side of every inner split. No prediction is below
    `lowest`.
    """
    splits = split_rows_inside(rows, groups, seed)
    parts = [_Part.of(design, y, train, test, method, lowest) for train, test in splits]
    best = walk(
        method.strengths, method.first, lambda strength, before: _Trial.of(parts, strength, before)
    )
    whole = _Part.of(design, y, rows, rows[:0], method, lowest)
    # The chosen trial saw no row that `rows` does not have: a good place to begin.
    start = whole.adopt(parts[0].restore(best.fits[0]))
    fitted = whole.fit(best.strength, start)
    return FittedProperty(whole.restore(fitted), Intervals.learn(best.said, best.errors), lowest)


def fit_along(
    design: Design,
    y: FloatArray,
    rows: NDArray[np.int64],
    strengths: Sequence[float],
    method: LinearMethod,
    lowest: float = -np.inf,
) -> Iterator[FittedProperty]:
    """The same at strengths that were chosen elsewhere; the intervals are unknown.

    Each fit begins from the one before it: from strong to weak it has little to go.
    """
    part = _Part.of(design, y, rows, rows[:0], method, lowest)
    fitted = None
    for strength in strengths:
        fitted = part.fit(strength, fitted)
        yield FittedProperty(part.restore(fitted), None, lowest)


@dataclass(frozen=True)
class _Part:
    """Training rows with scaled descriptors that enough of them have, and rows held out.

    Training targets `y` are in units of `unit`, their mean distance from their median.
    """

    scaled: ScaledDesign
    y: FloatArray
    y_held_out: FloatArray
    unit: float
    method: LinearMethod
    lowest: float

    @classmethod
    def of(
        cls,
        design: Design,
        y: FloatArray,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        method: LinearMethod,
        lowest: float,
    ) -> "_Part":
        unit = float(np.abs(y[train] - np.median(y[train])).mean()) or 1.0
        scaled = ScaledDesign.of(design, train, test)
        return cls(scaled, y[train] / unit, y[test], unit, method, lowest)

    def fit(self, strength: float, start: LinearFit | None, enough: float = ENOUGH) -> LinearFit:
        return self.method.fit(self.scaled.train, self.y, strength, start, enough)

    def say(self, fitted: LinearFit) -> FloatArray:
        """What is predicted of the rows held out, in the target's unit."""
        return np.maximum(self.unit * fitted.predict(self.scaled.held_out), self.lowest)

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
    """A step of the walk: mean absolute held-out error, the fits, and what they say held out.

    `said` and the sizes of `errors` are of the held-out rows of one split after the other.
    """

    strength: float
    loss: float
    fits: Sequence[LinearFit]
    said: FloatArray
    errors: FloatArray

    @classmethod
    def of(cls, parts: Sequence[_Part], strength: float, before: "_Trial | None") -> "_Trial":
        starts = before.fits if before else [None] * len(parts)
        fits = [
            part.fit(strength, start, CHOICE_ENOUGH)
            for part, start in zip(parts, starts, strict=True)
        ]
        said = np.concatenate([part.say(fit) for part, fit in zip(parts, fits, strict=True)])
        errors = np.abs(said - np.concatenate([part.y_held_out for part in parts]))
        return cls(strength, float(errors.mean()), fits, said, errors)
