"""Parts the samples of a property into training and test, in every way that the study asks."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.properties.data import PropertyData

HIGHEST = 0.9
"""Quantile of the target above which samples are held out as an extrapolation."""


class PropertyParting(StrEnum):
    """Ways to part the samples of a property, by the name of their split."""

    OFFICIAL_FOLDS = "official_folds"
    FORMULA_GROUPS = "formula_groups"
    CHEMICAL_SYSTEM_GROUPS = "chemical_system_groups"
    EXTRAPOLATION = "extrapolation"

    @property
    def keeps(self) -> str:
        """Column of the samples that says what stays on one side, also of inner splits."""
        return "chemsys" if self == PropertyParting.CHEMICAL_SYSTEM_GROUPS else "reduced_formula"


FOLD_COLUMNS = {
    PropertyParting.OFFICIAL_FOLDS: "official_fold",
    PropertyParting.FORMULA_GROUPS: "formula_group_fold",
    PropertyParting.CHEMICAL_SYSTEM_GROUPS: "chemical_system_group_fold",
}


@dataclass(frozen=True)
class PropertyFold:
    """Samples to train on and to test, by number."""

    parting: PropertyParting
    fold: int
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def split_property(data: PropertyData) -> list[PropertyFold]:
    """Every way in which the study parts the samples; official folds only where there are some.

    The extrapolation tests the highest tenth of the numbers after training on the rest.
    """
    folds = []
    for parting, column in FOLD_COLUMNS.items():
        labels = data.samples[column]
        for label in labels.drop_nulls().unique().sort():
            test = (labels == label).fill_null(value=False).to_numpy()
            folds.append(_fold(parting, label, test))
    highest = data.y > np.quantile(data.y, HIGHEST)
    if highest.any() and not data.classes:
        folds.append(_fold(PropertyParting.EXTRAPOLATION, 0, highest))
    return [fold for fold in folds if len(fold.train) and len(fold.test)]


def headline(data: PropertyData) -> PropertyParting:
    """The split whose score tells: the official one if there is one."""
    official = data.samples["official_fold"].is_not_null().any()
    return PropertyParting.OFFICIAL_FOLDS if official else PropertyParting.FORMULA_GROUPS


def _fold(parting: PropertyParting, number: int, test: NDArray[np.bool_]) -> PropertyFold:
    return PropertyFold(parting, number, np.flatnonzero(~test), np.flatnonzero(test))
