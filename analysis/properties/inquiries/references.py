"""Models for comparison, which are not linear: what linearity costs on the same samples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.properties.data import PropertyData
from analysis.properties.scores.numbers import MEDIAN
from analysis.properties.splits import PropertyFold
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track

BOOSTING = {"max_iter": 200, "learning_rate": 0.15, "max_leaf_nodes": 31, "max_bins": 63}
N_TREES = 60
FOREST = {"n_estimators": N_TREES, "min_samples_leaf": 2, "max_features": "sqrt"}
REFERENCES: Mapping[str, Mapping[str, Any]] = {
    "gradient_boosting": BOOSTING,
    "random_forest": FOREST,
}
"""Settings by name, those of the study of metals; nothing is chosen by a score."""
OF_QUANTILES = "gradient_boosting"
"""The one of them that can predict a quantile other than the median."""
LEAST_SHARE = 0.03
"""Of the samples, that must have a sparse descriptor, beside fractions, for a tree to see it: which
pairs of elements meet, a tree finds by itself."""


def settings_of_references(quantile: float = MEDIAN) -> Mapping[str, Mapping[str, Any]]:
    """Those of REFERENCES that can predict what is asked, with their settings."""
    if quantile == MEDIAN:
        return REFERENCES
    return {OF_QUANTILES: {**BOOSTING, "loss": "quantile", "quantile": quantile}}


def predict_references(
    data: PropertyData, folds: Sequence[PropertyFold], track: Track, quantile: float = MEDIAN
) -> list[tuple[str, PropertyFold, FloatArray]]:
    """Name, fold and what it says of the test samples, of each reference on each fold."""
    X = _dense_descriptors(data)
    settings = settings_of_references(quantile)
    jobs = [(name, fold) for name in settings for fold in folds]
    said = run_jobs(
        lambda job: _predict(*job, settings[job[0]], data, X),
        jobs,
        "fit models that are not linear",
        track,
    )
    return [(*job, one) for job, one in zip(jobs, said, strict=True)]


def _dense_descriptors(data: PropertyData) -> FloatArray:
    """Descriptors for models that split on numbers, shape (n_samples, n_columns)."""
    sparse = data.design.sparse
    is_seen = sparse.getnnz(axis=0) >= LEAST_SHARE * sparse.shape[0]
    is_seen |= data.sets[: sparse.shape[1]] == "fractions"
    return np.hstack([data.design.dense, sparse[:, is_seen].toarray()])


def _predict(
    name: str,
    fold: PropertyFold,
    settings: Mapping[str, Any],
    data: PropertyData,
    X: FloatArray,
) -> FloatArray:
    """Numbers, shape (n_test,), or probabilities of classes, shape (n_test, n_classes)."""
    from sklearn import ensemble
    from threadpoolctl import threadpool_limits

    kind = "Classifier" if data.classes else "Regressor"
    family = "RandomForest" if name == "random_forest" else "HistGradientBoosting"
    # Of numbers both minimise squares. By absolute errors boosting finds no first step where more
    # than half of the targets are equal, as gaps of 0 are: it stays at their median.
    model = getattr(ensemble, family + kind)(random_state=0, **settings)
    with threadpool_limits(1):  # One thread a fit: fits stand side by side.
        model.fit(X[fold.train], data.y[fold.train], data.counts[fold.train])
        if not data.classes:
            return np.asarray(np.maximum(model.predict(X[fold.test]), data.lowest))
        said = np.zeros((len(fold.test), len(data.classes)))
        said[:, model.classes_.astype(int)] = model.predict_proba(X[fold.test])
    # A forest is never sure: half of its trees' votes would make a log loss infinite.
    n_votes = N_TREES if name == "random_forest" else 10_000
    return np.asarray((n_votes * said + 1 / len(data.classes)) / (n_votes + 1))
