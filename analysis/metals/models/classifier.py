"""The metal / non-metal classifier: logistic regression on sparse descriptors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.models import newton
from analysis.metals.models.training_rows import TrainingRows, merge_equal_rows
from analysis.metrics import mean_surprise
from analysis.runs.choice import split_rows_inside, walk

STRENGTHS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2)
"""Candidates for C, the inverse of the strength of the L2 penalty, from strong to weak."""
FIRST_STRENGTH = 0.1
"""Where the walk over STRENGTHS begins; it turns to the stronger if the next weaker is worse."""
TOLERANCE = 1e-4
"""Largest gradient of the mean loss at which a fit ends. On held-out calculated labels, logits are
then within 0.03 (root mean square) of those at the minimum, ROC AUC within 1e-5 and balanced
accuracy within 3e-4 (n = 21,223, C = 0.2)."""
FINAL_TOLERANCE = 1e-5
"""The same for the fit whose coefficients are kept and read: scores converge long before them."""
CHOICE_TOLERANCE = 3e-4
"""The same for the fits that only compare strengths."""
MANY = 50_000
"""Samples of which one fifth tells the best strength well enough; fewer are split three times."""


@dataclass(frozen=True)
class Classifier:
    """A fitted logistic regression.

    Attributes:
        coefficients: In the features' own units, shape (n_features,).
        intercept: Logit of a material without any descriptor.
        strength: C.
        gradient: Largest component of the gradient of the mean penalised loss at the end.
        slope, offset: Calibration: the logit is multiplied by `slope`, `offset` is added.

    """

    coefficients: FloatArray
    intercept: float
    strength: float
    gradient: float
    slope: float = 1.0
    offset: float = 0.0

    def logit(self, X: Any) -> FloatArray:
        """Logit of each row of `X`, shape (n_samples, n_features); not calibrated."""
        return newton.multiply_vector(X, self.coefficients) + self.intercept

    def probability(self, X: Any) -> FloatArray:
        """Probability of a metal for each row of `X`; not calibrated."""
        return logistic(self.logit(X))

    def calibrated(self, X: Any) -> FloatArray:
        """Probability of a metal for each row of `X`; calibrated within training."""
        return logistic(self.slope * self.logit(X) + self.offset)


def logistic(logit: FloatArray) -> FloatArray:
    """1 / (1 + exp(-logit)), shape for shape."""
    from scipy.special import expit

    return np.asarray(expit(logit))


def fit_at_strength(
    X: Any,
    y: FloatArray,
    strength: float,
    tolerance: float = TOLERANCE,
    start: Classifier | None = None,
    weights: FloatArray | None = None,
) -> Classifier:
    """Fit to all of `X`, shape (n_samples, n_features), sparse or dense; y is 0 or 1.

    Samples may have `weights`. A sparse column that fewer than LEAST_MATERIALS of them have gets no
    coefficient. `start` is a fit to the same or fewer of these samples, to begin from. Raises
    ValueError if the gradient has not become small: never trust a solver alone.
    """
    return fit_rows(merge_equal_rows(X, y, weights=weights), strength, tolerance, start)


def fit_rows(
    rows: TrainingRows, strength: float, tolerance: float, start: Classifier | None = None
) -> Classifier:
    """The same for rows whose equal ones are merged; coefficients are of all columns."""
    before = None if start is None else np.append(start.coefficients[rows.kept], start.intercept)
    weights = newton.minimise(rows.X, rows.y, strength, tolerance, before, counts=rows.counts)
    fitted = judge_weights(rows.X, rows.y, strength, weights, rows.counts)
    if fitted.gradient > 2 * tolerance:
        raise ValueError(
            f"the fit has not converged: gradient {fitted.gradient:.1e} > {tolerance:.1e}"
        )
    coefficients = np.zeros(len(rows.kept))
    coefficients[rows.kept] = fitted.coefficients
    return replace(fitted, coefficients=coefficients)


def judge_weights(
    X: Any,
    y: FloatArray,
    strength: float,
    weights: FloatArray,
    counts: FloatArray | None = None,
) -> Classifier:
    """The classifier with these `weights`, the intercept last, and the gradient that is left."""
    coefficients, intercept = weights[:-1], float(weights[-1])
    counts = np.ones(len(y)) if counts is None else counts
    residuals = counts * (logistic(newton.multiply_vector(X, coefficients) + intercept) - y)
    slopes = newton.multiply_vector(X.T, residuals) + coefficients / strength
    gradient = float(max(np.abs(slopes).max(), abs(residuals.sum())) / counts.sum())
    return Classifier(coefficients, intercept, strength, gradient)


def fit_by_scikit_learn(
    X: Any, y: FloatArray, strength: float, tolerance: float, **options: Any
) -> Classifier:
    """The same by a solver of scikit-learn's LogisticRegression, which may stop early."""
    from sklearn.linear_model import LogisticRegression

    settings = {"solver": "lbfgs", "max_iter": 2000, **options}
    X = X.astype(float)  # in single precision their line searches end in rounding errors
    model = LogisticRegression(C=strength, tol=tolerance, **settings).fit(X, y)
    weights = np.append(model.coef_[0], model.intercept_[0]).astype(float)
    return judge_weights(X, y, strength, weights)


def fit_classifier(
    X: Any,
    y: FloatArray,
    groups: NDArray[Any],
    seed: int,
    tolerance: float = TOLERANCE,
    rows: NDArray[np.int64] | None = None,
) -> Classifier:
    """Choose C, fit to `rows` of `X`, shape (n_samples, n_features), or all, and calibrate.

    C has the lowest mean log loss on samples that are held out of `X`. Samples of one of the
    `groups` stay together, so that the choice does not reward remembering polymorphs. The same
    held-out samples tell how to stretch and shift the logit (Platt 1999), which
    `Classifier.calibrated` applies.
    """
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(len(y)) if rows is None else rows
    splits = split_rows_inside(rows, groups, seed, MANY)
    held_out = np.concatenate([y[test] for _, test in splits])
    trial, logits = choose_strength(X, y, splits)
    scale = LogisticRegression(C=1e6).fit(logits[:, None], held_out)
    fitted = fit_rows(merge_equal_rows(X, y, rows), trial.strength, tolerance, trial)
    return replace(fitted, slope=float(scale.coef_[0, 0]), offset=float(scale.intercept_[0]))


def choose_strength(
    X: Any,
    y: FloatArray,
    splits: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> tuple[Classifier, FloatArray]:
    """Walk from FIRST_STRENGTH to weaker ones, or to stronger, while the held-out log loss falls.

    Each fit starts from the one before it, to the same training rows. Returns the fit of the first
    of the `splits` (rows to train on, rows to hold out) at the best C, and the logits of all
    held-out rows there, one split after the other.
    """
    parts = [merge_equal_rows(X, y, train) for train, _ in splits]
    held_out = np.concatenate([y[test] for _, test in splits])

    def attempt(strength: float, before: _Trial | None) -> _Trial:
        starts = before.fits if before else [None] * len(parts)
        fits = [
            fit_rows(part, strength, CHOICE_TOLERANCE, start)
            for part, start in zip(parts, starts, strict=True)
        ]
        logits = np.concatenate(
            [fit.logit(X)[test] for fit, (_, test) in zip(fits, splits, strict=True)]
        )
        return _Trial(mean_surprise(held_out, logistic(logits)), fits, logits)

    best = walk(STRENGTHS, FIRST_STRENGTH, attempt)
    return best.fits[0], best.logits


@dataclass(frozen=True)
class _Trial:
    """A step of the walk: held-out log loss, the fits of each split, logits of held-out rows."""

    loss: float
    fits: Sequence[Classifier]
    logits: FloatArray
