"""The product's own model of a property: Huber regression, its strength chosen by held-out rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.properties.models.design import Design
from analysis.properties.models.huber import ENOUGH, LinearFit, fit_huber, rescale

STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Candidates for the strength of the penalty on a target whose mean distance from its median is 1:
so a property has the same fit in eV and in meV."""
FIRST_STRENGTH = 1.0
"""Where the walk over STRENGTHS begins; it turns to the weaker if the next stronger is worse."""
THRESHOLD_SHARE = 0.1
"""Threshold of Huber's loss in that unit."""
MANY = 3_000
"""Samples of which one fifth tells the best strength well enough; fewer are split three times."""
CHOICE_ENOUGH = 3e-3
"""Share of the loss that a round must gain for another one, in fits that only compare strengths."""
LEVEL = 0.9
"""Share of held-out errors that an interval is to hold."""
LEAST_WITH = 4
"""Training rows that must have a sparse descriptor for it to get a weight: what fewer have
could only be learned by heart."""
LEAST_VARIED = 0.01
"""Share of training rows in which a dense one must differ from the median of a thousand of them:
the weight of one that hardly varies could be anything, and a new row far from all others would be
multiplied by it."""


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
    splits = _split_inside(rows, groups, seed)
    parts = [_Part.of(design, y, train, test, threshold, lowest) for train, test in splits]
    best = _Trial.of(parts, FIRST_STRENGTH, None)
    first = STRENGTHS.index(FIRST_STRENGTH)
    for onwards in (STRENGTHS[first + 1 :], STRENGTHS[:first][::-1]):
        began = best
        for strength in onwards:
            trial = _Trial.of(parts, strength, best)
            if trial.loss > best.loss:
                break
            best = trial
        if best is not began:
            break
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


def _split_inside(
    rows: NDArray[np.int64], groups: NDArray[np.str_], seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows to train on and fifths to hold out; a group stays together."""
    from sklearn.model_selection import GroupShuffleSplit

    n_splits = 1 if len(rows) >= MANY else 3
    splitter = GroupShuffleSplit(n_splits, test_size=0.2, random_state=seed)
    return [(rows[train], rows[test]) for train, test in splitter.split(rows, groups=groups[rows])]


@dataclass(frozen=True)
class _Part:
    """Training rows with scaled descriptors that enough of them have, and rows held out.

    Targets are in units of `unit`, their mean distance from the median of the training rows.
    """

    train: Design
    y: FloatArray
    held_out: Design
    y_held_out: FloatArray
    kept: NDArray[np.bool_]
    mean: FloatArray
    scale: FloatArray
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
        part = design.take(train)
        mean = part.dense.mean(axis=0, dtype=float)
        scale = part.dense.std(axis=0, dtype=float)
        having = part.sparse.getnnz(axis=0)
        usual = np.median(part.dense[:: max(1, len(train) // 1000)], axis=0)
        dense = (part.dense != usual).mean(axis=0) >= LEAST_VARIED
        kept = np.append(having >= min(LEAST_WITH, len(train)), dense)
        mean, scale = mean[dense], scale[dense]

        def shape(rows: Design) -> Design:
            small = rows.keep(kept)
            single = mean.astype(np.float32), scale.astype(np.float32)
            return Design(small.sparse, (small.dense - single[0]) / single[1])

        n_sparse = int(kept[: len(having)].sum())
        unit = float(np.abs(y[train] - np.median(y[train])).mean()) or 1.0
        return cls(
            shape(part),
            y[train] / unit,
            shape(design.take(test)),
            y[test] / unit,
            kept,
            np.append(np.zeros(n_sparse), mean),
            np.append(np.ones(n_sparse), scale),
            unit,
            threshold,
            lowest,
        )

    def fit(self, strength: float, start: LinearFit | None, enough: float = ENOUGH) -> LinearFit:
        return fit_huber(self.train, self.y, strength, self.threshold, start, enough)

    def adopt(self, fitted: LinearFit) -> LinearFit:
        """A fit for all columns of the design, for the scaled ones that this part keeps."""
        weights = fitted.weights[self.kept] / self.unit
        intercept = fitted.intercept / self.unit + float(self.mean @ weights)
        return replace(fitted, weights=weights * self.scale, intercept=intercept)

    def restore(self, fitted: LinearFit) -> LinearFit:
        """The fit for all columns of the design, in the units of these and of the target."""
        plain = rescale(fitted, self.mean, self.scale)
        weights = np.zeros(len(self.kept))
        weights[self.kept] = self.unit * plain.weights
        return replace(
            plain,
            weights=weights,
            intercept=self.unit * plain.intercept,
            threshold=self.unit * plain.threshold,
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
            * np.abs(np.maximum(fit.predict(part.held_out), part.lowest) - part.y_held_out)
            for part, fit in zip(parts, fits, strict=True)
        ]
        return cls(strength, float(np.concatenate(errors).mean()), fits, errors)
