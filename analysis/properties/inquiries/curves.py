"""All curves of a study: what descriptors add on test folds and in the sum, and the sweeps."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import polars as pl

from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.inquiries.elements import unseen_element_jobs
from analysis.linear_models.inquiries.importance import left_out_points, shuffled_points
from analysis.linear_models.inquiries.ladder import ladder_jobs
from analysis.linear_models.inquiries.sweeps import sweep_jobs
from analysis.linear_models.inquiries.thresholds import threshold_points
from analysis.linear_models.inquiries.weights import sum_points
from analysis.linear_models.splits import PropertyFold
from analysis.properties.inquiries.ladder import list_rungs
from analysis.runs.parallel import run_jobs
from analysis.runs.points import points_frame
from warehouse.progress import Track

MANY = 1_000
"""Samples of which the first fold tells the rungs apart."""


def draw_curves(
    fits: Fits[F],
    main: Sequence[tuple[PropertyFold, F]],
    final: F,
    track: Track,
    *,
    is_thorough: bool,
) -> pl.DataFrame:
    """Rows of `curves`.

    `main` are the folds of the headline split with the fits to their training parts, `final` is the
    fit to all. If thorough, sets of descriptors and elements are left out, each in turn.
    """
    (first, fit), *_ = main
    settled, strength = fits.settled(fit), fits.strength_of(fit)
    sets = list(dict.fromkeys(map(str, fits.data.sets)))
    is_enough = len(fits.data.y) >= MANY
    ask = None
    if isinstance(settled, ClassFits) and len(fits.data.classes) == 2:
        ask = partial(threshold_points, settled, split="formula_groups")
    jobs: list[Callable[[], list[dict[str, Any]]]] = [
        *sweep_jobs(settled, first, strength, inquire=ask),
        *ladder_jobs(fits, list_rungs(sets), main[:1] if is_enough else main),
        partial(shuffled_points, fits, fit, first, sets),
        partial(sum_points, fits, final),
    ]
    if is_thorough:
        if len(sets) > 1:
            jobs += [partial(left_out_points, settled, fit, first, one) for one in sets]
        jobs += unseen_element_jobs(fits.settled(final), fits.strength_of(final))
    points = run_jobs(lambda job: job(), jobs, "sweep hyperparameters and sets", track)
    return points_frame([point for found in points for point in found])
