"""The ladder: sets of descriptors, each scored in the same way, to see what each one adds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from analysis.properties.data import PropertyData
from analysis.properties.inquiries.points import error_point
from analysis.properties.models.product import fit_product
from analysis.properties.settings import SETS
from analysis.properties.splits import PropertyFold

RUNGS = {
    "element fractions": SETS[:1],
    "fractions + Magpie": ("fractions", "magpie"),
    "fractions + valence electrons": SETS[:2],
    "+ charge balance": SETS[:3],
    "+ elements' roles": SETS[:4],
    "+ pairs of elements": SETS[:5],
    "+ Magpie": SETS[:6],
    "+ your own columns": SETS,
}
"""From few sets to all; Magpie's averages stand aside after their own rung until all others are in.
A rung that adds no descriptor to another is left out."""
MANY = 30_000
"""Samples of which the first fold tells the rungs apart."""


def ladder_jobs(
    data: PropertyData, folds: Sequence[PropertyFold], seed: int
) -> list[Callable[[], list[dict[str, Any]]]]:
    """A job for each rung and fold; of many samples the first fold tells enough."""
    used = folds[:1] if len(data.y) >= MANY else folds
    distinct: dict[bytes, str] = {}
    for rung, sets in RUNGS.items():
        distinct.setdefault(np.isin(data.sets, sets).tobytes(), rung)
    return [partial(_climb, data, rung, fold, seed) for rung in distinct.values() for fold in used]


def _climb(data: PropertyData, rung: str, fold: PropertyFold, seed: int) -> list[dict[str, Any]]:
    part = data.of_sets(RUNGS[rung])
    if not part.design.shape[1]:
        return []
    groups = data.samples[fold.parting.keeps].to_numpy()
    fitted = fit_product(part.design, data.y, groups, fold.train, seed, lowest=data.lowest)
    errors = fitted.predict(part.design.take(fold.test)) - data.y[fold.test]
    return [
        error_point(
            "ladder", rung, fold.fold, errors, data.unit, part="test", split=str(fold.parting)
        )
    ]
