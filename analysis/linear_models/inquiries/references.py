"""Models for comparison, which are not linear: what linearity costs on the same samples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.datasets import FloatArray
from analysis.linear_models.data import PropertyData
from analysis.linear_models.scores.numbers import MEDIAN
from analysis.linear_models.splits import PropertyFold
from analysis.runs.parallel import run_jobs
from analysis.runs.references import BOOSTING, N_TREES, REFERENCES, fit_reference
from warehouse.progress import Track

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
    train = fold.train
    model = fit_reference(
        name, X[train], data.y[train], data.counts[train],
        is_class=bool(data.classes), settings=settings,
    )  # fmt: skip
    if not data.classes:
        return np.asarray(np.maximum(model.predict(X[fold.test]), data.lowest))
    said = np.zeros((len(fold.test), len(data.classes)))
    said[:, model.classes_.astype(int)] = model.predict_proba(X[fold.test])
    # A forest is never sure: half of its trees' votes would make a log loss infinite.
    n_votes = N_TREES if name == "random_forest" else 10_000
    return np.asarray((n_votes * said + 1 / len(data.classes)) / (n_votes + 1))
