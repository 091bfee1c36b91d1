"""The metal / non-metal classifier: logistic regression on sparse descriptors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import LEAST_MATERIALS
from analysis.metals.models import newton

STRENGTHS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2)
"""Candidates for C, the inverse of the strength of the L2 penalty, from strong to weak. The walk
ends at the first that is worse on held-out formulas than the one before."""
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
        return np.asarray(X @ self.coefficients + self.intercept)

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
    **options: Any,
) -> Classifier:
    """Fit to all of `X`, shape (n_samples, n_features), sparse or dense; y is 0 or 1.

    A sparse column that fewer than LEAST_MATERIALS of these samples have gets no coefficient:
    which descriptors are used is chosen inside the training part, too.

    `start` is a fit to the same or fewer of these samples, to begin from. With `options`, which go
    to scikit-learn's LogisticRegression, its solvers take the place of `newton.minimise` and may
    stop early. Otherwise raises ValueError if the gradient has not become small: never trust a
    solver alone.
    """
    kept = _common_columns(X)
    if not kept.all():
        fewer = None if start is None else replace(start, coefficients=start.coefficients[kept])
        return _spread(fit_at_strength(X[:, kept], y, strength, tolerance, fewer, **options), kept)
    if options:
        return _fit_by_scikit_learn(X, y, strength, tolerance, options)
    before = None if start is None else np.append(start.coefficients, start.intercept)
    fitted = judge_weights(X, y, strength, newton.minimise(X, y, strength, tolerance, before))
    if fitted.gradient > 2 * tolerance:
        raise ValueError(
            f"the fit has not converged: gradient {fitted.gradient:.1e} > {tolerance:.1e}"
        )
    return fitted


def _common_columns(X: Any) -> NDArray[np.bool_]:
    """Columns of `X` that enough of its rows have, shape (n_features,); all if it is dense."""
    if isinstance(X, np.ndarray):
        return np.ones(X.shape[1], dtype=bool)
    return np.asarray(X.getnnz(axis=0) >= min(LEAST_MATERIALS, X.shape[0]))


def _spread(fitted: Classifier, kept: NDArray[np.bool_]) -> Classifier:
    """A fit to the columns that are `kept`, with zero for the others."""
    coefficients = np.zeros(len(kept))
    coefficients[kept] = fitted.coefficients
    return replace(fitted, coefficients=coefficients)


def judge_weights(X: Any, y: FloatArray, strength: float, weights: FloatArray) -> Classifier:
    """The classifier with these `weights`, the intercept last, and the gradient that is left."""
    coefficients, intercept = weights[:-1], float(weights[-1])
    residuals = logistic(np.asarray(X @ coefficients + intercept)) - y
    slopes = (X.T @ residuals + coefficients / strength) / len(y)
    gradient = float(max(np.abs(slopes).max(), abs(residuals.mean())))
    return Classifier(coefficients, intercept, strength, gradient)


def _fit_by_scikit_learn(
    X: Any, y: FloatArray, strength: float, tolerance: float, options: dict[str, Any]
) -> Classifier:
    from sklearn.linear_model import LogisticRegression

    settings = {"solver": "lbfgs", "max_iter": 2000, **options}
    model = LogisticRegression(C=strength, tol=tolerance, **settings).fit(X, y)
    return judge_weights(
        X, y, strength, np.append(model.coef_[0], model.intercept_[0]).astype(float)
    )


def inner_splits(
    y: FloatArray, groups: NDArray[Any], seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows to train on and fifths to hold out; a group, shape (n_samples,), stays together."""
    from sklearn.model_selection import GroupShuffleSplit

    n_splits = 1 if len(y) >= MANY else 3
    splitter = GroupShuffleSplit(n_splits, test_size=0.2, random_state=seed)
    return list(splitter.split(y, y, groups))


def fit_classifier(
    X: Any,
    y: FloatArray,
    groups: NDArray[Any],
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
    tolerance: float = TOLERANCE,
) -> Classifier:
    """Choose C, fit to all of `X`, shape (n_samples, n_features), and calibrate.

    C has the lowest mean log loss on samples that are held out of `X`. Samples of one of the
    `groups` stay together, so that the choice does not reward remembering polymorphs. The same
    held-out samples tell how to stretch and shift the logit (Platt 1999), which
    `Classifier.calibrated` applies.
    """
    from sklearn.linear_model import LogisticRegression

    splits = inner_splits(y, groups, seed)
    held_out = np.concatenate([y[test] for _, test in splits])
    trial, logits = choose_strength(X, y, splits, strengths)
    scale = LogisticRegression(C=1e6).fit(logits[:, None], held_out)
    fitted = fit_at_strength(X, y, trial.strength, tolerance, start=trial)
    return replace(fitted, slope=float(scale.coef_[0, 0]), offset=float(scale.intercept_[0]))


def choose_strength(
    X: Any,
    y: FloatArray,
    splits: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    strengths: Sequence[float] = STRENGTHS,
) -> tuple[Classifier, FloatArray]:
    """Walk from strong to weak as long as the held-out log loss falls.

    Each fit starts from the one before it, to the same training rows. Returns the fit of the first
    of the `splits` (rows to train on, rows to hold out) at the best C, and the logits of all
    held-out rows there, one split after the other.
    """
    from sklearn.metrics import log_loss

    common = [_common_columns(X[train]) for train, _ in splits]
    parts = [
        (X[train][:, kept], y[train], X[test][:, kept])
        for (train, test), kept in zip(splits, common, strict=True)
    ]
    held_out = np.concatenate([y[test] for _, test in splits])
    trials: list[Classifier | None] = [None] * len(parts)
    best: tuple[float, Classifier, FloatArray] | None = None
    for strength in strengths:
        fits = [
            fit_at_strength(X_part, y_part, strength, CHOICE_TOLERANCE, start=trial)
            for (X_part, y_part, _), trial in zip(parts, trials, strict=True)
        ]
        logits = np.concatenate(
            [fit.logit(X_test) for fit, (_, _, X_test) in zip(fits, parts, strict=True)]
        )
        loss = log_loss(held_out, logistic(logits))
        if best is not None and loss > best[0]:
            break
        best, trials = (loss, fits[0], logits), list(fits)
    assert best is not None
    return _spread(best[1], common[0]), best[2]
