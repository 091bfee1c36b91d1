"""How honest the score is: fewer materials, elements never seen, and models that are not linear."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import Materials
from analysis.metals.inquiries.curves import has_both, score_rows
from analysis.metals.models.classifier import TOLERANCE, fit_logistic

MODEL = "logistic_regression"
SIZES = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
LEAST_TESTED = 30
"""Materials that must contain an element for the score without it to mean something."""
COARSE = 3e-4
"""Gradient at which a fit without one element ends: there is one for each. Each begins from
nothing: the fit to all materials has a gradient below this already, and an AUC of .98 for iron's
materials instead of .916, for it has seen them."""
BOOSTING = {"max_iter": 200, "learning_rate": 0.15, "max_leaf_nodes": 31, "max_bins": 63}
FOREST = {"n_estimators": 60, "min_samples_leaf": 2, "max_features": "sqrt"}
Rows = list[dict[str, Any]]


def learning_jobs(
    materials: Materials, strength: float, train: NDArray[np.bool_], test: NDArray[np.bool_]
) -> list[Callable[[], Rows]]:
    """Scores of the `test` rows after training on ever more of the `train` rows."""
    order = np.random.default_rng(0).permutation(np.flatnonzero(train))
    sizes = [size for size in SIZES if size < len(order)] + [len(order)]
    tested = np.flatnonzero(test)
    return [
        partial(_fit_and_score, materials, strength, order[:n], tested, ("learning", MODEL, "", n))
        for n in sizes
    ]


def element_jobs(materials: Materials, strength: float) -> list[Callable[[], Rows]]:
    """For each element, scores of all materials that contain it after training without them."""
    entries = materials.dataset.samples.select("elements").with_row_index("row").explode("elements")
    y = materials.dataset.y
    jobs: list[Callable[[], Rows]] = []
    for (element,), part in entries.group_by("elements", maintain_order=True):
        test = part["row"].to_numpy()
        if len(test) < LEAST_TESTED or not has_both(y[test]):
            continue
        train = np.setdiff1d(np.arange(len(y)), test)
        place = ("leave_element_out", MODEL, str(element), 0.0)
        jobs.append(
            partial(
                _fit_and_score,
                materials,
                strength,
                train,
                test,
                place,
                split="leave_element_out",
                tolerance=COARSE,
            )
        )
    return jobs


def _fit_and_score(
    materials: Materials,
    strength: float,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    place: tuple[str, str, str, float],
    split: str = "official_folds",
    tolerance: float = TOLERANCE,
) -> Rows:
    X, y = materials.dataset.X, materials.dataset.y
    if not has_both(y[train]):
        return []
    fitted = fit_logistic(X[train], y[train], strength, tolerance)
    return score_rows(place, y[test], fitted.probability(X[test]), part="test", split=split)


def dense_features(materials: Materials) -> FloatArray:
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


def predictions_frame(
    model: str, split: str, fold: int, samples: pl.DataFrame, y: FloatArray, probability: FloatArray
) -> pl.DataFrame:
    """Rows of `predictions` for the `samples` of one fold."""
    return pl.DataFrame(
        {
            "model": model,
            "split": split,
            "sample_id": samples["material_id"],
            "fold": fold,
            "target": y,
            "prediction": probability,
        },
        schema_overrides={"fold": pl.Int64},
    )
