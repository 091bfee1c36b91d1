"""Validation curves: strength, L1 and L2, number of samples.

All on the training part of the first fold, of which a fifth of the formulas is held out.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from analysis.linear_models.fits.verbs import SWEPT, Fits, Rows
from analysis.linear_models.inquiries.points import judged_points
from analysis.linear_models.splits import PropertyFold
from analysis.runs.choice import split_rows_inside

RATIOS = (0.0, 0.2, 0.5, 0.8, 1.0)
"""Shares of L1 that the sweep of mixtures shows."""
SAMPLE = 1_500
"""Samples that the sweep of L1 is shown by default: it goes column by column."""
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000)
Points = list[dict[str, Any]]
Inquiry = Callable[[Any, Rows, Rows], Points]
"""What is asked of a fit, the rows that it was fitted to and those held out."""


def part_inside(fits: Fits[Any], fold: PropertyFold) -> tuple[Rows, Rows]:
    """The training part of a fold less a fifth of its formulas, in an order drawn, and these."""
    groups = fits.data.samples["reduced_formula"].to_numpy()
    (train, held_out), *_ = split_rows_inside(fold.train, groups, fits.seed)
    return np.random.default_rng(fits.seed).permutation(train), held_out


def sweep_jobs(
    fits: Fits[Any],
    fold: PropertyFold,
    strength: float,
    sample: int = SAMPLE,
    swept: Sequence[float] = SWEPT,
    ratios: Sequence[float] = RATIOS,
    inquire: Inquiry | None = None,
) -> list[Callable[[], Points]]:
    """One job for the strengths, for each mixture and for each number of samples.

    Mixtures of these `ratios` are fitted at the strengths `swept` to `sample` samples; ever more
    samples at `strength`. What else is to `inquire` of the fit to all of them is asked in its job.
    """
    order, held_out = part_inside(fits, fold)
    sizes = [size for size in SIZES if size < len(order)]
    few = order[:sample]
    return [
        partial(_strength_points, fits, np.sort(order), held_out),
        *(partial(_penalty_points, fits, few, held_out, ratio, swept) for ratio in ratios),
        *(partial(_learning_points, fits, order[:size], held_out, strength) for size in sizes),
        partial(_learning_points, fits, order, held_out, strength, inquire),
    ]


def _strength_points(fits: Fits[Any], train: Rows, test: Rows) -> Points:
    strengths = fits.strengths[::-1]
    return [
        point
        for strength, fitted in zip(strengths, fits.fit_along(train, strengths), strict=True)
        for part, rows in (("training", train), ("validation", test))
        for point in judged_points(
            fits, ("strength", fits.penalty, strength), fitted, rows, part=part
        )
    ]


def _learning_points(
    fits: Fits[Any], train: Rows, test: Rows, strength: float, inquire: Inquiry | None = None
) -> Points:
    fitted = fits.fit_at(train, strength)
    points = judged_points(fits, ("learning", "", len(train)), fitted, test)
    return [*points, *(inquire(fitted, train, test) if inquire else ())]


def _penalty_points(
    fits: Fits[Any], train: Rows, test: Rows, ratio: float, swept: Sequence[float]
) -> Points:
    """Scores and number of descriptors left at each strength of a mixture of L1 and L2.

    `is_unfinished` is 1 of a fit that ended before it was good enough.
    """
    points, mixed = [], fits.mixed(ratio)
    strengths = sorted(swept, reverse=True)
    for strength, fitted in zip(strengths, mixed.fit_along(train, strengths), strict=True):
        place = ("penalty", f"L1 share {ratio:g}", strength)
        judged = judged_points(mixed, place, fitted, test, model="elastic_net")
        weights, _ = mixed.kept(fitted)
        told = {
            "n_descriptors": int((weights != 0).any(axis=1).sum()),
            "is_unfinished": int(not mixed.is_finished(fitted)),
        }
        rest = {"unit": "1", "standard_error": None}
        points += [
            *judged,
            *(judged[0] | {"metric": name, "value": value} | rest for name, value in told.items()),
        ]
    return points
