"""The metal / non-metal classifier: logistic regression on sparse descriptors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray

STRENGTHS = (0.1, 0.2, 0.4, 0.8)
"""Candidates for C, the inverse of the strength of the L2 penalty: log loss on held-out formulas
has its minimum among them, see the page's validation curve."""
TOLERANCE = 1e-4
"""Largest gradient of the mean loss at which a fit ends. A tenth of it takes twice the time and
moves ROC AUC and balanced accuracy by about 1e-4 (measured on held-out calculated labels)."""
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


def fit_logistic(
    X: Any, y: FloatArray, strength: float, tolerance: float = TOLERANCE, **options: Any
) -> Classifier:
    """Fit to all of `X`, shape (n_samples, n_features), sparse or dense; y is 0 or 1.

    `options` go to scikit-learn's LogisticRegression. Raises ValueError if the gradient has not
    become small: never trust a warning alone.
    """
    from sklearn.linear_model import LogisticRegression

    settings = {"solver": "lbfgs", "max_iter": 2000, **options}
    model = LogisticRegression(C=strength, tol=tolerance, **settings).fit(X, y)
    coefficients, intercept = model.coef_[0].astype(float), float(model.intercept_[0])
    residuals = logistic(np.asarray(X @ coefficients + intercept)) - y
    slopes = (X.T @ residuals + coefficients / strength) / len(y)
    gradient = float(max(np.abs(slopes).max(), abs(residuals.mean())))
    if not options and gradient > 2 * tolerance:
        raise ValueError(f"the fit has not converged: gradient {gradient:.1e} > {tolerance:.1e}")
    return Classifier(coefficients, intercept, strength, gradient)


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
    **options: Any,
) -> Classifier:
    """Choose C, fit to all of `X`, shape (n_samples, n_features), and calibrate.

    C has the lowest mean log loss on samples that are held out of `X`. Samples of one of the
    `groups` stay together, so that the choice does not reward remembering polymorphs. The same
    held-out samples tell how to stretch and shift the logit (Platt 1999), which
    `Classifier.calibrated` applies.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    splits = inner_splits(y, groups, seed)
    held_out = np.concatenate([y[test] for _, test in splits])
    logits = {
        strength: np.concatenate(
            [
                fit_logistic(X[train], y[train], strength, CHOICE_TOLERANCE, **options).logit(
                    X[test]
                )
                for train, test in splits
            ]
        )
        for strength in strengths
    }
    best = min(strengths, key=lambda strength: log_loss(held_out, logistic(logits[strength])))
    scale = LogisticRegression(C=1e6).fit(logits[best][:, None], held_out)
    fitted = fit_logistic(X, y, best, **options)
    return Classifier(
        fitted.coefficients,
        fitted.intercept,
        best,
        fitted.gradient,
        float(scale.coef_[0, 0]),
        float(scale.intercept_[0]),
    )
