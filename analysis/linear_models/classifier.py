"""The product's own model of classes: multinomial regression, its strength by held-out rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.calibration import Calibration, Plain, learn_calibrations
from analysis.linear_models.design import Design
from analysis.linear_models.kinds import CalibrationKind
from analysis.linear_models.scaling import ScaledDesign
from analysis.linear_models.solvers.mixture import ENOUGH, fit_mixed_classes
from analysis.linear_models.solvers.multinomial import (
    MultinomialFit,
    fit_multinomial,
    log_probabilities,
)
from analysis.runs.choice import split_rows_inside, walk

STRENGTHS = tuple(5.0 * 2.0**step for step in range(-6, 8))
"""Candidates for the strength of the penalty beside the sum of the log losses: of L2 it is strength
/ 2 times the sum of squares, of L1 strength times that of sizes; scikit-learn's C is one over it.
Steps of three missed the best one of L2 for Matbench's calculated labels: balanced accuracy was
0.9063 instead of 0.9080 (n = 106,113)."""
FIRST_STRENGTH = 5.0
CHOICE_TOLERANCE = 1e-3
"""Of fits that only compare strengths: their held-out log losses are then right to 1e-4."""
FOLD_TOLERANCE = 3e-4
"""Of fits to the training part of a fold. With 1e-4 the area under the curve of calculated metals,
a fifth of each training part held out, differs by less than 1e-5."""
FINAL_TOLERANCE = 1e-5
"""Of the fit whose weights are kept and read: scores converge long before them."""
CHOICE_ENOUGH = 3e-3
"""Of fits with L1 that only compare: share of the value that a round must gain for another one."""


@dataclass(frozen=True)
class ClassSamples:
    """Samples with a class each.

    Attributes:
        design: Descriptors as they are.
        labels: The class of each sample by its place, shape (n_samples,).
        n_classes: How many there are, those included that these samples lack.
        counts: How much each sample counts, shape (n_samples,).

    """

    design: Design
    labels: NDArray[np.int64]
    n_classes: int
    counts: FloatArray


@dataclass(frozen=True)
class FittedClasses:
    """A fit for descriptors as they are, and the share of each class in what it was fitted to.

    Attributes:
        fitted: Weights and intercepts.
        shares: Of the classes, shape (n_classes,).
        l1_ratio: Share of L1 in the penalty.
        limits: Of what was fitted: see `Design.limits`.
        calibrations: What was learned of held-out rows inside training; none of a fit without.

    """

    fitted: MultinomialFit
    shares: FloatArray
    l1_ratio: float
    limits: FloatArray
    calibrations: Mapping[CalibrationKind, Calibration] = field(default_factory=dict)

    def predict(
        self, design: Design, calibration: CalibrationKind = CalibrationKind.NONE
    ) -> FloatArray:
        """Probability of each class, shape (n_samples, n_classes)."""
        plain = calibration == CalibrationKind.NONE
        made = Plain() if plain else self.calibrations[calibration]
        return made.apply(self.logits(design))

    def logits(self, design: Design) -> FloatArray:
        """Shape (n_samples, n_logits)."""
        return self.fitted.logits(design.within(self.limits))


def fit_classes(
    samples: ClassSamples,
    groups: NDArray[np.uint32],
    rows: NDArray[np.int64],
    seed: int,
    l1_ratios: Sequence[float] = (0.0,),
    tolerance: float = FOLD_TOLERANCE,
) -> FittedClasses:
    """Choose mixture and strength inside `rows` by the held-out log loss, and fit to all of them.

    `groups`, shape (n_samples,), stay on one side of every inner split. Each of the `l1_ratios`
    after the first begins at the strength that was best so far.
    """
    splits = split_rows_inside(rows, groups, seed)
    parts = [_Part.of(samples, train, test) for train, test in splits]
    best = None
    for ratio in l1_ratios:
        first = FIRST_STRENGTH if best is None else best.strength
        tried = walk(STRENGTHS, first, partial(_Trial.of, parts, ratio, best))
        if best is None or tried.loss < best.loss:
            best = tried
    assert best is not None
    weights, intercepts = parts[0].scaled.restore(best.fits[0].weights, best.fits[0].intercepts)
    start = replace(best.fits[0], weights=weights, intercepts=np.asarray(intercepts))
    again = fit_classes_along(samples, rows, [best.strength], best.l1_ratio, start, tolerance)
    fitted = next(again)
    held_out, counts = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("held_out", "counts_held_out")
    )
    calibrations = learn_calibrations(best.logits, held_out, counts)
    return replace(fitted, l1_ratio=best.l1_ratio, calibrations=calibrations)


def fit_classes_along(
    samples: ClassSamples,
    rows: NDArray[np.int64],
    strengths: Sequence[float],
    l1_ratio: float = 0.0,
    start: MultinomialFit | None = None,
    tolerance: float = FOLD_TOLERANCE,
) -> Iterator[FittedClasses]:
    """The same at strengths that were chosen elsewhere; each fit begins from the one before it.

    `start` is a fit to some of the rows.
    """
    part = _Part.of(samples, rows, rows[:0])
    shares = part.counts.sum(axis=0) / part.counts.sum()
    fitted = None
    if start is not None:
        adopted = part.scaled.adopt(start.weights, start.intercepts)
        fitted = replace(start, weights=adopted[0], intercepts=adopted[1])
    for strength in strengths:
        fitted = part.fit(strength, l1_ratio, fitted, tolerance, ENOUGH)
        weights, intercepts = part.scaled.restore(fitted.weights, fitted.intercepts)
        plain = replace(fitted, weights=weights, intercepts=np.asarray(intercepts))
        yield FittedClasses(plain, shares, l1_ratio, part.scaled.limits)


def log_losses(logits: FloatArray, labels: NDArray[np.int64]) -> FloatArray:
    """Minus the logarithm of the probability of each sample's own class, shape (n_samples,)."""
    return np.asarray(-log_probabilities(logits)[np.arange(len(labels)), labels])


@dataclass(frozen=True)
class _Part:
    """Distinct training rows, scaled, how many samples of each class they stand for, and others.

    Training samples count 1 on average: a strength means the same whatever the units of weights.
    """

    scaled: ScaledDesign
    counts: FloatArray
    held_out: NDArray[np.int64]
    counts_held_out: FloatArray

    @classmethod
    def of(
        cls, samples: ClassSamples, train: NDArray[np.int64], test: NDArray[np.int64]
    ) -> "_Part":
        first, of = samples.design.merge(train)
        counts = np.zeros((len(first), samples.n_classes))
        weights = samples.counts[train] / samples.counts[train].mean()
        np.add.at(counts, (of, samples.labels[train]), weights)
        scaled = ScaledDesign.of(samples.design, train[first], test, np.bincount(of).astype(float))
        return cls(scaled, counts, samples.labels[test], samples.counts[test])

    def fit(
        self,
        strength: float,
        l1_ratio: float,
        start: MultinomialFit | None,
        tolerance: float,
        enough: float,
    ) -> MultinomialFit:
        if l1_ratio:
            return fit_mixed_classes(
                self.scaled.train, self.counts, strength, l1_ratio, start, enough
            )
        return fit_multinomial(self.scaled.train, self.counts, strength, start, tolerance)


@dataclass(frozen=True)
class _Trial:
    """A step of the walk: held-out log loss and logits, and the fits of each split."""

    l1_ratio: float
    strength: float
    loss: float
    fits: Sequence[MultinomialFit]
    logits: FloatArray

    @classmethod
    def of(
        cls,
        parts: Sequence[_Part],
        l1_ratio: float,
        earlier: "_Trial | None",
        strength: float,
        before: "_Trial | None",
    ) -> "_Trial":
        """`earlier` is the best trial of other mixtures, `before` that of this walk."""
        begun = before or earlier
        starts = begun.fits if begun else [None] * len(parts)
        fits = [
            part.fit(strength, l1_ratio, start, CHOICE_TOLERANCE, CHOICE_ENOUGH)
            for part, start in zip(parts, starts, strict=True)
        ]
        logits = np.concatenate(
            [fit.logits(part.scaled.held_out) for part, fit in zip(parts, fits, strict=True)]
        )
        held_out, counts = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("held_out", "counts_held_out")
        )
        loss = float(np.average(log_losses(logits, held_out), weights=counts))
        return cls(l1_ratio, strength, loss, fits, logits)
