"""The product's own model of a number, by any method, its strength chosen by held-out rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.design import Design
from analysis.linear_models.intervals import Intervals
from analysis.linear_models.methods import LinearMethod
from analysis.linear_models.scaling import ScaledDesign
from analysis.linear_models.solvers.huber import LinearFit
from analysis.linear_models.solvers.samples import NumberSamples
from analysis.runs.choice import go_abreast, is_losing, split_rows_inside, walk


@dataclass(frozen=True)
class FittedProperty:
    """A fit, and what held-out rows of its training part said of it.

    Attributes:
        fitted: Weights for descriptors as they are, not scaled.
        intervals: Half the width about a prediction that holds nine tenths of errors; None of a fit
            that had no held-out rows.
        lowest: No prediction is below it.
        method: What was fitted, with the mixture of L1 and L2 that was chosen.
        share_below: Of the held-out rows, how many were no larger than what was predicted.
        limits: Of what was fitted: see `Design.limits`.

    """

    fitted: LinearFit
    intervals: Intervals | None
    lowest: float
    method: LinearMethod
    share_below: float | None
    limits: FloatArray

    def predict(self, design: Design) -> FloatArray:
        """Shape (n_samples,)."""
        return np.maximum(self.fitted.predict(design.within(self.limits)), self.lowest)


def fit_product(
    samples: NumberSamples,
    groups: NDArray[np.uint32],
    rows: NDArray[np.int64],
    seed: int,
    methods: Sequence[LinearMethod],
) -> FittedProperty:
    """Choose method and strength inside `rows`, fit to all of them, and learn from held-out errors.

    `groups`, shape (n_samples,), stay on one side of every inner split. Each of the `methods` after
    the first begins at the strength that was best so far.
    """
    splits = split_rows_inside(rows, groups, seed)
    parts = [_Part.of(samples, train, test) for train, test in splits]
    best = None
    for method in methods:
        first = method.first if best is None else best.strength
        tried = walk(method.strengths, first, partial(_Trial.of, parts, method, best))
        if best is None or tried.loss < best.loss:
            best = tried
    assert best is not None
    # The chosen trial saw no row that `rows` does not have: a good place to begin.
    start = parts[0].restore(best.fits[0])
    del parts  # Of many samples they would double what follows.
    whole = _Part.of(samples, rows, rows[:0])
    fitted = whole.fit(best.method, best.strength, whole.adopt(start), best.method.enough)
    return FittedProperty(
        whole.restore(fitted),
        Intervals.learn(best.said, np.abs(best.errors)),
        samples.lowest,
        best.method,
        float((best.errors >= 0).mean()),
        whole.scaled.limits,
    )


def fit_along(
    samples: NumberSamples,
    rows: NDArray[np.int64],
    strengths: Sequence[float],
    method: LinearMethod,
) -> Iterator[FittedProperty]:
    """The same at strengths that were chosen elsewhere; the intervals are unknown.

    Each fit begins from the one before it: from strong to weak it has little to go.
    """
    part = _Part.of(samples, rows, rows[:0])
    fitted = None
    for strength in strengths:
        fitted = part.fit(method, strength, fitted, method.enough)
        restored, limits = part.restore(fitted), part.scaled.limits
        yield FittedProperty(restored, None, samples.lowest, method, None, limits)


@dataclass(frozen=True)
class _Part:
    """Training samples with scaled descriptors that enough of them have, and others held out.

    Training targets are in units of `unit`, their mean distance from their median, and counts are 1
    on average: a strength means the same whatever the units. Those of rows held out are as given.
    """

    scaled: ScaledDesign
    train: NumberSamples
    held_out: NumberSamples
    unit: float

    @classmethod
    def of(
        cls, samples: NumberSamples, train: NDArray[np.int64], test: NDArray[np.int64]
    ) -> "_Part":
        y, counts, lowest = samples.y[train], samples.counts, samples.lowest
        unit = float(np.abs(y - np.median(y)).mean()) or 1.0
        first, row = samples.design.merge(train)
        n_alike = np.bincount(row).astype(float)
        scaled = ScaledDesign.of(samples.design, train[first], test, n_alike)
        weighed = counts[train] / counts[train].mean()
        return cls(
            scaled,
            NumberSamples(scaled.train, y / unit, weighed, lowest / unit, row),
            NumberSamples.of(scaled.held_out, samples.y[test], counts[test], lowest),
            unit,
        )

    def approach(
        self, method: LinearMethod, strength: float, start: LinearFit | None, enough: float
    ) -> Iterator[LinearFit]:
        return method.approach(self.train, strength, start, enough)

    def fit(
        self, method: LinearMethod, strength: float, start: LinearFit | None, enough: float
    ) -> LinearFit:
        *_, fitted = self.approach(method, strength, start, enough)
        return fitted

    def say(self, fitted: LinearFit) -> FloatArray:
        """What is predicted of the rows held out, in the target's unit."""
        return np.maximum(self.unit * fitted.predict(self.held_out.design), self.held_out.lowest)

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
    """A step of the walk: mean held-out loss, the fits, and what they say held out.

    `said` and `errors`, said less true, are of the held-out rows of one split after the other.
    """

    method: LinearMethod
    strength: float
    loss: float
    fits: Sequence[LinearFit]
    said: FloatArray
    errors: FloatArray

    @classmethod
    def of(
        cls,
        parts: Sequence[_Part],
        method: LinearMethod,
        earlier: "_Trial | None",
        strength: float,
        before: "_Trial | None",
    ) -> "_Trial":
        """`earlier` is the best trial of other methods, `before` that of this walk."""
        begun = before or earlier
        starts = begun.fits if begun else [None] * len(parts)
        y = np.concatenate([part.held_out.y for part in parts])
        counts = np.concatenate([part.held_out.counts for part in parts])
        losses: list[float] = []
        ways = [
            part.approach(method, strength, start, method.enough_to_choose)
            for part, start in zip(parts, starts, strict=True)
        ]
        for fits in go_abreast(ways):
            said = np.concatenate([part.say(fit) for part, fit in zip(parts, fits, strict=True)])
            losses.append(float(np.average(method.losses(y, said), weights=counts)))
            if before is not None and is_losing(losses, before.loss):
                break
        return cls(method, strength, losses[-1], fits, said, said - y)
