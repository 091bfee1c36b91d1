"""Validation curves: strength, L1 and L2, number of samples.

All on the training part of the first fold, of which a fifth of the formulas is held out.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from analysis.linear_models.fits.verbs import SWEPT, Fits, Rows
from analysis.linear_models.inquiries.points import loss_point
from analysis.linear_models.splits import PropertyFold

RATIOS = (0.0, 0.2, 0.5, 0.8, 1.0)
"""Shares of L1 that the sweep of mixtures shows."""
SAMPLE = 1_500
"""Samples that the sweep of L1 is shown: it goes column by column."""
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000)
Points = list[dict[str, Any]]


def sweep_jobs(fits: Fits[Any], fold: PropertyFold, strength: float) -> list[Callable[[], Points]]:
    """One job for the strengths, for each mixture and for each number of samples."""
    from sklearn.model_selection import GroupShuffleSplit

    groups = fits.data.samples["reduced_formula"].to_numpy()[fold.train]
    splitter = GroupShuffleSplit(1, test_size=0.2, random_state=fits.seed)
    ((train, test),) = splitter.split(fold.train, groups=groups)
    inside, held_out = fold.train[train], fold.train[test]
    order = np.random.default_rng(fits.seed).permutation(inside)
    sizes = [*(size for size in SIZES if size < len(order)), len(order)]
    few = order[:SAMPLE]
    return [
        partial(_strength_points, fits, inside, held_out),
        *(partial(_penalty_points, fits, few, held_out, ratio) for ratio in RATIOS),
        *(partial(_learning_points, fits, order[:size], held_out, strength) for size in sizes),
    ]


def _strength_points(fits: Fits[Any], train: Rows, test: Rows) -> Points:
    strengths = fits.strengths[::-1]
    return [
        loss_point(fits, "strength", fits.penalty, strength, fits.losses(fitted, rows), part=part)
        for strength, fitted in zip(strengths, fits.fit_along(train, strengths), strict=True)
        for part, rows in (("training", train), ("validation", test))
    ]


def _learning_points(fits: Fits[Any], train: Rows, test: Rows, strength: float) -> Points:
    losses = fits.losses(fits.fit_at(train, strength), test)
    return [loss_point(fits, "learning", "", len(train), losses)]


def _penalty_points(fits: Fits[Any], train: Rows, test: Rows, ratio: float) -> Points:
    """Loss and number of descriptors left at each strength of a mixture of L1 and L2."""
    points, mixed = [], fits.mixed(ratio)
    strengths = SWEPT[::-1]
    for strength, fitted in zip(strengths, mixed.fit_along(train, strengths), strict=True):
        losses = mixed.losses(fitted, test)
        series, model = f"L1 share {ratio:g}", "elastic_net"
        point = loss_point(mixed, "penalty", series, strength, losses, model=model)
        weights = mixed.weights(fitted).reshape(fits.data.design.shape[1], -1)
        n_descriptors = int((weights != 0).any(axis=1).sum())
        count = {"metric": "n_descriptors", "value": n_descriptors, "unit": "1"}
        points += [point, point | count | {"standard_error": None}]
    return points
