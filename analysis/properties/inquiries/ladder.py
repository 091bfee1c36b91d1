"""The ladder: sets of descriptors, each scored in the same way, to see what each one adds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from analysis.properties.data import PropertyData
from analysis.properties.inquiries.points import error_point
from analysis.properties.models.product import fit_product
from analysis.properties.settings import SETS
from analysis.properties.splits import PropertyFold

RUNGS = {
    "element fractions": SETS[:1],
    "fractions + Magpie": ("fractions", "magpie"),
    "fractions + cell and electrons": SETS[:3],
    "+ charge balance": SETS[:4],
    "+ elements' roles": SETS[:5],
    "+ pairs of elements": SETS[:6],
    "+ Magpie (the product)": SETS,
}
"""From few sets to all; Magpie's averages stand aside after their own rung until the last."""
MANY = 30_000
"""Samples of which the first fold tells the rungs apart."""


def ladder_jobs(
    data: PropertyData, folds: Sequence[PropertyFold], seed: int
) -> list[Callable[[], list[dict[str, Any]]]]:
    """A job for each rung and fold; of many samples the first fold tells enough."""
    used = folds[:1] if len(data.y) >= MANY else folds
    return [partial(_climb, data, rung, fold, seed) for rung in RUNGS for fold in used]


def _climb(data: PropertyData, rung: str, fold: PropertyFold, seed: int) -> list[dict[str, Any]]:
    part = data.of_sets(RUNGS[rung])
    if not part.design.shape[1]:
        return []
    groups = data.samples[fold.parting.keeps].to_numpy()
    fitted = fit_product(part.design, data.y, groups, fold.train, seed)
    errors = fitted.predict(part.design.take(fold.test)) - data.y[fold.test]
    return [
        error_point(
            "ladder", rung, fold.fold, errors, data.unit, part="test", split=str(fold.parting)
        )
    ]
