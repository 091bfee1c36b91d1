"""Parts the samples of a property into training and test, in every way that the study asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.data import PropertyData

T = TypeVar("T")

HIGHEST = 0.9
"""Quantile of the target above which samples are held out as an extrapolation."""
LATEST = 0.8
"""Quantile of the time above which they are held out as what came later."""
MOST_GROUPS = 10
"""Groups that are held out one after the other; more are put into N_FOLDS folds of similar size."""
N_FOLDS = 5
LEAST_TRAINED = 20
"""Samples without which nothing is trained."""


class PropertyParting(StrEnum):
    """Ways to part the samples of a property, by the name of their split.

    `experiment` trains on calculated labels and tests on measured ones, `calculation` the other way
    round; no formula of the test is in the training.
    """

    OFFICIAL_FOLDS = "official_folds"
    FORMULA_GROUPS = "formula_groups"
    CHEMICAL_SYSTEM_GROUPS = "chemical_system_groups"
    EXTRAPOLATION = "extrapolation"
    HELD_OUT_GROUPS = "held_out_groups"
    LATER = "later"
    EXPERIMENT = "experiment"
    CALCULATION = "calculation"

    @property
    def keeps(self) -> str:
        """Column of the samples that says what stays on one side, also of inner splits.

        Official folds are drawn row by row: polymorphs of a tested formula are in training.
        """
        return "sample_id" if self == PropertyParting.OFFICIAL_FOLDS else self.errs_by

    @property
    def errs_by(self) -> str:
        """Column of the samples that says which of them err alike, and are no independent ones."""
        is_of_systems = self == PropertyParting.CHEMICAL_SYSTEM_GROUPS
        return "chemsys" if is_of_systems else "reduced_formula"


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

    def group_tested(self, data: PropertyData) -> pl.Series:
        """Name of the group of each test sample: those of a group err alike."""
        return data.samples[self.parting.errs_by].gather(self.test)


def split_property(data: PropertyData) -> list[PropertyFold]:
    """Every way in which the study parts the samples; official folds only where there are some.

    The extrapolation tests the highest tenth of the numbers after training on the rest. Groups and
    times are parted where the samples have them. Training lacks the formulas that these test.
    """
    folds = []
    for parting, column in FOLD_COLUMNS.items():
        labels = data.samples[column]
        for label in labels.drop_nulls().unique().sort():
            test = (labels == label).fill_null(value=False).to_numpy()
            folds.append(_fold(parting, label, test))
    highest = data.y > np.quantile(data.y, HIGHEST)
    if highest.any() and not data.classes:
        folds.append(_unseen(data, PropertyParting.EXTRAPOLATION, 0, highest))
    if "group" in data.samples.columns:
        group_folds = _fold_groups(data.samples["group"])
        for number in np.unique(group_folds):
            test = group_folds == number
            folds.append(_unseen(data, PropertyParting.HELD_OUT_GROUPS, number, test))
    if "time" in data.samples.columns:
        is_later = find_later(data.samples["time"].to_numpy())
        folds.append(_unseen(data, PropertyParting.LATER, 0, is_later))
    return [fold for fold in folds if len(fold.train) >= LEAST_TRAINED and len(fold.test)]


def list_left_out(data: PropertyData, folds: Sequence[PropertyFold]) -> list[str]:
    """Splits that were asked for and are not judged, because hardly any sample was left to train.

    So it is where one group has nearly all samples, or all formulas come back later.
    """
    asked = {
        "official_fold": PropertyParting.OFFICIAL_FOLDS,
        "group": PropertyParting.HELD_OUT_GROUPS,
        "time": PropertyParting.LATER,
    }
    judged = {fold.parting for fold in folds}
    return [
        str(parting)
        for role, parting in asked.items()
        if role in data.samples.columns and data.samples[role].count() and parting not in judged
    ]


def headline(data: PropertyData) -> PropertyParting:
    """The split whose score tells: the official one if there is one that leaves rows to train."""
    tested = data.samples["official_fold"].drop_nulls().value_counts()["count"]
    official = (len(data.y) - tested >= LEAST_TRAINED).any()
    return PropertyParting.OFFICIAL_FOLDS if official else PropertyParting.FORMULA_GROUPS


def take_headline(
    data: PropertyData, folds: Sequence[PropertyFold], fitted: Sequence[T]
) -> list[tuple[PropertyFold, T]]:
    """The folds of that split, with the fits to their training parts."""
    pairs = zip(folds, fitted, strict=True)
    return [(fold, fit) for fold, fit in pairs if fold.parting == headline(data)]


def _fold(parting: PropertyParting, number: int, test: NDArray[np.bool_]) -> PropertyFold:
    return PropertyFold(parting, number, np.flatnonzero(~test), np.flatnonzero(test))


def _unseen(
    data: PropertyData, parting: PropertyParting, number: int, test: NDArray[np.bool_]
) -> PropertyFold:
    """A fold whose training part has no formula that is tested."""
    formulas = data.samples["reduced_formula"]
    tested = formulas.filter(pl.Series(test)).unique()
    train = ~test & ~formulas.is_in(tested.implode()).to_numpy()
    return PropertyFold(parting, int(number), np.flatnonzero(train), np.flatnonzero(test))


def _fold_groups(groups: pl.Series) -> NDArray[np.int64]:
    """The fold of each sample: the place of its group by alphabet, or of many groups one of few.

    The largest groups are dealt first, each to the fold that has least so far.
    """
    counts = groups.value_counts().sort(["count", "group"], descending=[True, False])
    if counts.height <= MOST_GROUPS:
        folds = {name: place for place, name in enumerate(counts["group"].sort())}
    else:
        folds, sizes = {}, [0] * N_FOLDS
        for name, size in counts.iter_rows():
            folds[name] = sizes.index(min(sizes))
            sizes[folds[name]] += size
    return groups.replace_strict(folds, return_dtype=pl.Int64).to_numpy()


def find_later(times: FloatArray) -> NDArray[np.bool_]:
    """Whether each sample is of the last fifth; those of one time stand together.

    Of the times at which a part could begin, the one counts that comes nearest to a fifth.
    """
    starts, counts = np.unique(times, return_counts=True)
    shares = 1 - np.cumsum(counts)[:-1] / len(times)
    start = starts[1:][np.abs(shares - (1 - LATEST)).argmin()]
    return np.asarray(times >= start)
