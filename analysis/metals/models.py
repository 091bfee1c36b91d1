"""The metal / non-metal classifier: logistic regression on standardised features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.datasets import FloatArray

STRENGTHS = (0.01, 0.1, 1.0)
"""Candidates for C, the inverse of the strength of the L2 penalty; weaker ones change nothing."""


def make_classifier(inverse_strength: float = 1.0) -> Pipeline:
    """Standardise, then fit by Newton's method, which converges in a dozen steps.

    Newton's method needs the (n_features, n_features) Hessian once per step: cheap for a few
    hundred dense features and any number of materials.
    """
    return make_pipeline(
        StandardScaler(), LogisticRegression(C=inverse_strength, solver="newton-cholesky")
    )


def choose_strength(
    X: FloatArray,
    y: NDArray[Any],
    groups: NDArray[Any],
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
) -> float:
    """Return the C with the lowest log loss on a fifth of the formulas, held out of `X` once.

    Materials of one reduced formula (`groups`) stay together, so that the choice does not
    reward remembering polymorphs. Single precision is enough to rank strengths.
    """
    search = GridSearchCV(
        make_classifier(),
        {"logisticregression__C": list(strengths)},
        scoring="neg_log_loss",
        cv=GroupShuffleSplit(1, test_size=0.2, random_state=seed),
        refit=False,
        error_score="raise",
    )
    search.fit(X.astype(np.float32), y, groups=groups)
    return float(search.best_params_["logisticregression__C"])


def natural_coefficients(classifier: Pipeline) -> tuple[FloatArray, FloatArray, float]:
    """Coefficients of the features in their own units, the features' scales, the intercept.

    The logit is `X @ coefficients + intercept`; a coefficient times its scale is the
    coefficient of the standardised feature.
    """
    scaler, regression = classifier[0], classifier[-1]
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - coefficients @ scaler.mean_)
    return coefficients, scaler.scale_, intercept
