"""Elements never seen: the loss on samples with an element after training on those without."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.linear_models.fits.verbs import Fits, Rows
from analysis.linear_models.inquiries.points import judged_points

SPLIT = "leave_element_out"
LEAST_TESTED = 20
"""Samples that must contain an element for the loss without it to mean something."""


def unseen_element_jobs(
    fits: Fits[Any], strength: float
) -> list[Callable[[], list[dict[str, Any]]]]:
    """A job for each element that many samples have, with the strength of the fit to all."""
    rows = fits.data.samples.select(element=pl.col("chemsys").str.split("-")).with_row_index("row")
    jobs: list[Callable[[], list[dict[str, Any]]]] = []
    for (element,), part in rows.explode("element").group_by("element", maintain_order=True):
        test = part["row"].to_numpy().astype(np.int64)
        train = np.setdiff1d(np.arange(rows.height), test)
        if len(test) >= LEAST_TESTED and len(np.unique(fits.data.y[train])) > 1:
            jobs.append(partial(_leave_out, fits, str(element), train, test, strength))
    return jobs


def _leave_out(
    fits: Fits[Any], element: str, train: Rows, test: Rows, strength: float
) -> list[dict[str, Any]]:
    fitted = fits.fit_at(train, strength)
    return judged_points(fits, (SPLIT, element, 0), fitted, test, part="test", split=SPLIT)
