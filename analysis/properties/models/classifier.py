"""The product's own model of classes: multinomial regression, its strength by held-out rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.properties.models.design import Design
from analysis.properties.models.multinomial import (
    MultinomialFit,
    fit_multinomial,
    log_probabilities,
)
from analysis.properties.models.scaling import ScaledDesign
from analysis.runs.choice import split_rows_inside, walk

STRENGTHS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
"""Candidates for the strength of the penalty: it is strength / 2 times the sum of squares, beside
the sum of the log losses; scikit-learn's C is one over it. Steps of three missed the best one of
Matbench's calculated labels: balanced accuracy was 0.9063 instead of 0.9080 (n = 106,113)."""
FIRST_STRENGTH = 5.0
CHOICE_TOLERANCE = 1e-3
"""Of fits that only compare strengths: their held-out log losses are then right to 1e-4."""
FOLD_TOLERANCE = 3e-4
"""Of fits to the training part of a fold."""


@dataclass(frozen=True)
class ClassSamples:
    """Samples with a class each.

    Attributes:
        design: Descriptors as they are.
        labels: The class of each sample by its place, shape (n_samples,).
        n_classes: How many there are, those included that these samples lack.
        alike: A number that samples with equal descriptors share, shape (n_samples,).

    """

    design: Design
    labels: NDArray[np.int64]
    n_classes: int
    alike: NDArray[np.int64]


@dataclass(frozen=True)
class FittedClasses:
    """A fit for descriptors as they are, and the share of each class in what it was fitted to.

    Its probabilities are not calibrated further: factors of the logits that were learned on the
    held-out rows inside training made the log loss of test rows no better (0.2254 and 0.2254 to
    0.2273 and 0.2250 of two folds of Matbench's calculated labels, n = 21,223 each; 0.2003 to
    0.2005 on average over five folds of the measured ones, n = 4,604).

    Attributes:
        fitted: Weights and intercepts.
        shares: Of the classes, shape (n_classes,).

    """

    fitted: MultinomialFit
    shares: FloatArray

    def predict(self, design: Design) -> FloatArray:
        """Probability of each class, shape (n_samples, n_classes)."""
        return np.asarray(np.exp(log_probabilities(self.fitted.logits(design))))


def fit_classes(
    samples: ClassSamples, groups: NDArray[np.str_], rows: NDArray[np.int64], seed: int
) -> FittedClasses:
    """Choose the strength inside `rows` by the held-out log loss, and fit to all of them.

    `groups`, shape (n_samples,), stay on one side of every inner split.
    """
    splits = split_rows_inside(rows, groups, seed)
    parts = [_Part.of(samples, train, test) for train, test in splits]
    best = walk(
        STRENGTHS, FIRST_STRENGTH, lambda strength, before: _Trial.of(parts, strength, before)
    )
    weights, intercepts = parts[0].scaled.restore(best.fits[0].weights, best.fits[0].intercepts)
    start = MultinomialFit(weights, np.asarray(intercepts), best.strength)
    return next(fit_classes_along(samples, rows, [best.strength], start))


def fit_classes_along(
    samples: ClassSamples,
    rows: NDArray[np.int64],
    strengths: Sequence[float],
    start: MultinomialFit | None = None,
) -> Iterator[FittedClasses]:
    """The same at strengths that were chosen elsewhere; each fit begins from the one before it.

    `start` is a fit to some of the rows.
    """
    part = _Part.of(samples, rows, rows[:0])
    shares = np.bincount(samples.labels[rows], minlength=samples.n_classes) / len(rows)
    fitted = None
    if start is not None:
        adopted = part.scaled.adopt(start.weights, start.intercepts)
        fitted = MultinomialFit(*adopted, start.strength)
    for strength in strengths:
        fitted = part.fit(strength, fitted, FOLD_TOLERANCE)
        weights, intercepts = part.scaled.restore(fitted.weights, fitted.intercepts)
        yield FittedClasses(MultinomialFit(weights, np.asarray(intercepts), strength), shares)


def log_losses(logits: FloatArray, labels: NDArray[np.int64]) -> FloatArray:
    """Minus the logarithm of the probability of each sample's own class, shape (n_samples,)."""
    return np.asarray(-log_probabilities(logits)[np.arange(len(labels)), labels])


@dataclass(frozen=True)
class _Part:
    """Distinct training rows, scaled, how many samples of each class they stand for, and others."""

    scaled: ScaledDesign
    counts: FloatArray
    held_out: NDArray[np.int64]

    @classmethod
    def of(
        cls, samples: ClassSamples, train: NDArray[np.int64], test: NDArray[np.int64]
    ) -> "_Part":
        _, first, of = np.unique(samples.alike[train], return_index=True, return_inverse=True)
        counts = np.zeros((len(first), samples.n_classes))
        np.add.at(counts, (of, samples.labels[train]), 1.0)
        scaled = ScaledDesign.of(samples.design, train[first], test)
        return cls(scaled, counts, samples.labels[test])

    def fit(
        self, strength: float, start: MultinomialFit | None, tolerance: float
    ) -> MultinomialFit:
        return fit_multinomial(self.scaled.train, self.counts, strength, start, tolerance)


@dataclass(frozen=True)
class _Trial:
    """A step of the walk: held-out log loss, and the fits of each split."""

    strength: float
    loss: float
    fits: Sequence[MultinomialFit]

    @classmethod
    def of(cls, parts: Sequence[_Part], strength: float, before: "_Trial | None") -> "_Trial":
        starts = before.fits if before else [None] * len(parts)
        fits = [
            part.fit(strength, start, CHOICE_TOLERANCE)
            for part, start in zip(parts, starts, strict=True)
        ]
        logits = np.concatenate(
            [fit.logits(part.scaled.held_out) for part, fit in zip(parts, fits, strict=True)]
        )
        held_out = np.concatenate([part.held_out for part in parts])
        return cls(strength, float(log_losses(logits, held_out).mean()), fits)
