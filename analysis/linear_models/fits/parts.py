"""Fits to training parts, side by side."""

from collections.abc import Sequence

import numpy as np

from analysis.linear_models.fits.verbs import F, Fits
from analysis.linear_models.splits import PropertyFold
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track

Parts = Sequence[tuple[Fits[F], PropertyFold | None]]
"""What is fitted to which fold's training part; without a fold, to all samples."""


def fit_parts(parts: Parts[F], track: Track) -> list[F]:
    """Choose the strength inside each part, and fit; those to all samples are kept."""

    def fit(part: tuple[Fits[F], PropertyFold | None]) -> F:
        fits, fold = part
        if fold is None:
            return fits.choose(np.arange(len(fits.data.y)), is_kept=True)
        return fits.choose(fold.train, fold.parting.keeps)

    fits, _ = parts[0]
    what = f"fit {fits.data.column} of {fits.data.name} by {fits.model}"
    return run_jobs(fit, parts, what, track)
