"""Models for comparison, which are not linear: what linearity costs."""

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import LabelledMaterials

REFERENCES = ("gradient_boosting", "random_forest")
BOOSTING = {"max_iter": 200, "learning_rate": 0.15, "max_leaf_nodes": 31, "max_bins": 63}
FOREST = {"n_estimators": 60, "min_samples_leaf": 2, "max_features": "sqrt"}


def dense_features(materials: LabelledMaterials) -> FloatArray:
    """Magpie's features, fractions and the counts of thought, for models that split on numbers."""
    thought = materials.columns("fractions").toarray()
    counts = materials.columns("charges", "electrons", "cell")
    common = counts.getnnz(axis=0) > 0.03 * counts.shape[0]
    return np.hstack([materials.magpie, thought, counts[:, common].toarray()]).astype(np.float32)


def fit_reference(
    name: str, X: FloatArray, y: FloatArray, train: NDArray[np.bool_], test: NDArray[np.bool_]
) -> FloatArray:
    """Probabilities for the `test` rows by a model that is not linear, on one core."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from threadpoolctl import threadpool_limits

    model = (
        HistGradientBoostingClassifier(random_state=0, **BOOSTING)
        if name == "gradient_boosting"
        else RandomForestClassifier(random_state=0, **FOREST)
    )
    with threadpool_limits(1):  # of OpenMP, which counts for each thread anew and waits by spinning
        return np.asarray(model.fit(X[train], y[train]).predict_proba(X[test])[:, 1])
