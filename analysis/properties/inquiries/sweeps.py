"""Validation curves: strength, L1 and L2, number of samples.

All on the training part of the first fold, of which a fifth of the formulas is held out.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.properties.data import PropertyData
from analysis.properties.inquiries.points import error_point
from analysis.properties.models.product import LEAST_WITH, STRENGTHS, fit_at
from analysis.properties.splits import PropertyFold

RATIOS = (0.0, 0.5, 1.0)
PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
"""scikit-learn's alpha, in standard deviations of the target."""
SAMPLE = 1_500
"""Samples that the sweep of L1 is shown: it goes column by column."""
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000)
Points = list[dict[str, Any]]


def sweep_jobs(
    data: PropertyData, fold: PropertyFold, strength: float, seed: int
) -> list[Callable[[], Points]]:
    """One job per fit of every sweep."""
    from sklearn.model_selection import GroupShuffleSplit

    groups = data.samples["reduced_formula"].to_numpy()[fold.train]
    splitter = GroupShuffleSplit(1, test_size=0.2, random_state=seed)
    ((train, test),) = splitter.split(fold.train, groups=groups)
    inside, held_out = fold.train[train], fold.train[test]
    order = np.random.default_rng(seed).permutation(inside)
    sizes = [*(size for size in SIZES if size < len(order)), len(order)]
    few = order[:SAMPLE]
    return [
        *(partial(_strength_points, data, inside, held_out, value) for value in STRENGTHS),
        *(partial(_penalty_points, data, few, held_out, ratio) for ratio in RATIOS),
        *(partial(_learning_points, data, order[:size], held_out, strength) for size in sizes),
    ]


def _strength_points(
    data: PropertyData, train: NDArray[np.int64], test: NDArray[np.int64], strength: float
) -> Points:
    fitted = fit_at(data.design, data.y, train, strength, data.lowest)
    return [
        error_point(
            "strength",
            "L2",
            strength,
            fitted.predict(data.design.take(rows)) - data.y[rows],
            data.unit,
            part=part,
        )
        for part, rows in (("training", train), ("validation", test))
    ]


def _learning_points(
    data: PropertyData, train: NDArray[np.int64], test: NDArray[np.int64], strength: float
) -> Points:
    fitted = fit_at(data.design, data.y, train, strength, data.lowest)
    errors = fitted.predict(data.design.take(test)) - data.y[test]
    return [error_point("learning", "", len(train), errors, data.unit)]


def _penalty_points(
    data: PropertyData, train: NDArray[np.int64], test: NDArray[np.int64], ratio: float
) -> Points:
    """Error and number of descriptors left at each strength of a mixture of L1 and L2.

    Squares of errors, sparse columns alone: scikit-learn's elastic net and ridge.
    """
    from scipy.sparse import csc_matrix
    from sklearn.linear_model import ElasticNet, Ridge

    sparse = data.design.sparse
    columns = sparse[train].getnnz(axis=0) >= LEAST_WITH
    X, X_test = csc_matrix(sparse[train][:, columns], dtype=float), sparse[test][:, columns]
    middle, spread = data.y[train].mean(), data.y[train].std()
    y = (data.y[train] - middle) / spread
    points = []
    for alpha in PENALTIES[::-1]:
        model = (
            ElasticNet(alpha=alpha, l1_ratio=ratio, max_iter=300, tol=1e-3)
            if ratio
            else Ridge(alpha=alpha * len(train), solver="sparse_cg")
        )
        model.fit(X, y)
        errors = middle + spread * np.asarray(model.predict(X_test.astype(float))) - data.y[test]
        series = f"L1 share {ratio:g}"
        point = error_point("penalty", series, alpha, errors, data.unit, model="elastic_net")
        n_left = int(np.count_nonzero(model.coef_))
        points += [
            point,
            point
            | {"metric": "n_descriptors", "value": n_left, "unit": "1", "standard_error": None},
        ]
    return points
