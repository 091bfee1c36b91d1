"""The ladder: sets of descriptors, each scored in the same way, to see what each one adds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from analysis.linear_models.fits.verbs import Fits
from analysis.linear_models.inquiries.points import judged_points
from analysis.linear_models.splits import PropertyFold
from analysis.properties.settings import SETS

F = TypeVar("F")
RUNGS = {
    "element fractions": SETS[:1],
    "fractions + Magpie": ("fractions", "magpie"),
    "fractions + valence electrons": SETS[:2],
    "+ charge balance": SETS[:3],
    "+ elements' roles": SETS[:4],
    "+ pairs of elements": SETS[:5],
    "+ Magpie": SETS[:6],
    "+ the unit cell": SETS[:7],
    "+ your own columns": SETS,
}
"""From few sets to all; Magpie's averages stand aside after their own rung until all others are in.
Further sets follow, one by one. A rung that adds no descriptor to another is left out."""
MANY = 1_000
"""Samples of which the first fold tells the rungs apart."""


def ladder_jobs(
    fits: Fits[F], fitted: Sequence[tuple[PropertyFold, F]]
) -> list[Callable[[], list[dict[str, Any]]]]:
    """A job for each rung and fold; of many samples the first fold tells enough.

    `fitted` are folds with the fits to their training parts, which the highest rung takes.
    """
    used = fitted[:1] if len(fits.data.y) >= MANY else fitted
    rungs, sets = dict(RUNGS), SETS
    for further in dict.fromkeys(str(one) for one in fits.data.sets if one not in SETS):
        sets = (*sets, further)
        rungs[f"+ {further}"] = sets
    distinct: dict[bytes, str] = {}
    for rung, sets in rungs.items():
        distinct.setdefault(np.isin(fits.data.sets, sets).tobytes(), rung)
    return [
        partial(_climb, fits, rungs[rung], rung, fold, fit if columns.all() else None)
        for key, rung in distinct.items()
        for columns in [np.frombuffer(key, bool)]
        for fold, fit in used
    ]


def _climb(
    fits: Fits[F], sets: tuple[str, ...], rung: str, fold: PropertyFold, fitted: F | None
) -> list[dict[str, Any]]:
    part = fits.of_sets(sets)
    if not part.data.design.shape[1]:
        return []
    if fitted is None:
        fitted = part.choose(fold.train, fold.parting.keeps)
    place, split = ("ladder", rung, fold.fold), str(fold.parting)
    return judged_points(part, place, fitted, fold.test, part="test", split=split)
