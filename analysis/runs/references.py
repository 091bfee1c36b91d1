"""Models for comparison, which are not linear: what linearity costs."""

from collections.abc import Mapping
from typing import Any

from analysis.datasets import FloatArray

BOOSTING = {"max_iter": 200, "learning_rate": 0.15, "max_leaf_nodes": 31, "max_bins": 63}
N_TREES = 60
FOREST = {"n_estimators": N_TREES, "min_samples_leaf": 2, "max_features": "sqrt"}
REFERENCES: Mapping[str, Mapping[str, Any]] = {
    "gradient_boosting": BOOSTING,
    "random_forest": FOREST,
}
"""Settings by name; nothing is chosen by a score."""


def fit_reference(
    name: str,
    X: FloatArray,
    y: FloatArray,
    counts: FloatArray | None = None,
    *,
    is_class: bool,
    settings: Mapping[str, Any] | None = None,
) -> Any:
    """Fit one of REFERENCES to `X`, shape (n_samples, n_columns), on one core.

    `counts` say how much each sample counts; `settings` stand instead of its own.
    """
    from sklearn import ensemble
    from threadpoolctl import threadpool_limits

    family = "RandomForest" if name == "random_forest" else "HistGradientBoosting"
    # Of numbers both minimise squares. By absolute errors boosting finds no first step where more
    # than half of the targets are equal, as gaps of 0 are: it stays at their median.
    kind = getattr(ensemble, family + ("Classifier" if is_class else "Regressor"))
    model = kind(random_state=0, **(settings or REFERENCES[name]))
    with threadpool_limits(1):  # of OpenMP, which counts for each thread anew and waits by spinning
        return model.fit(X, y, counts)
