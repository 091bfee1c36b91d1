"""All curves of a study: the ladder of descriptors on its test folds, and the sweeps."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.inquiries.elements import unseen_element_jobs
from analysis.linear_models.inquiries.ladder import ladder_jobs
from analysis.linear_models.inquiries.sweeps import sweep_jobs
from analysis.linear_models.splits import PropertyFold, headline
from analysis.properties.inquiries.ladder import list_rungs
from analysis.runs.parallel import run_jobs
from analysis.runs.points import points_frame
from warehouse.progress import Track

MANY = 1_000
"""Samples of which the first fold tells the rungs apart."""


def draw_curves(
    fits: Fits[F],
    folds: Sequence[PropertyFold],
    fitted: Sequence[F],
    track: Track,
    *,
    without_elements: F | None = None,
) -> pl.DataFrame:
    """Rows of `curves`; `fitted` are the fits to the training parts of `folds`.

    `without_elements` is the fit whose strength those have that leave an element out; None for no
    such fits.
    """
    pairs = zip(folds, fitted, strict=True)
    main = [(fold, fit) for fold, fit in pairs if fold.parting == headline(fits.data)]
    (first, fit), *_ = main
    is_enough = len(fits.data.y) >= MANY
    jobs: list[Callable[[], list[dict[str, Any]]]] = [
        *sweep_jobs(fits.settled(fit), first, fits.strength_of(fit)),
        *ladder_jobs(fits, list_rungs(fits.data.sets), main[:1] if is_enough else main),
    ]
    if without_elements is not None:
        settled = fits.settled(without_elements)
        jobs += unseen_element_jobs(settled, fits.strength_of(without_elements))
    points = run_jobs(lambda job: job(), jobs, "sweep hyperparameters and sets", track)
    return points_frame([point for found in points for point in found])
