"""All curves of a study: the ladder of descriptors on its test folds, and the sweeps."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from analysis.properties.fits import Fits
from analysis.properties.inquiries.elements import unseen_element_jobs
from analysis.properties.inquiries.ladder import ladder_jobs
from analysis.properties.inquiries.points import points_frame
from analysis.properties.inquiries.sweeps import sweep_jobs
from analysis.properties.splits import PropertyFold, headline
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track


def draw_curves(
    fits: Fits[Any],
    folds: Sequence[PropertyFold],
    strength_of: Callable[[PropertyFold], float],
    track: Track,
    *,
    without_elements: float | None = None,
) -> pl.DataFrame:
    """Rows of `curves`; `strength_of` is the one that was chosen in the training part of a fold.

    `without_elements` is the strength of fits that leave an element out; None for none.
    """
    main = [fold for fold in folds if fold.parting == headline(fits.data)]
    jobs: list[Callable[[], list[dict[str, Any]]]] = [
        *sweep_jobs(fits, main[0], strength_of(main[0])),
        *ladder_jobs(fits, main),
    ]
    if without_elements is not None:
        jobs += unseen_element_jobs(fits, without_elements)
    points = run_jobs(lambda job: job(), jobs, "sweep hyperparameters and sets", track)
    return points_frame([point for found in points for point in found])
