"""Every way in which the study parts an alloy's structures into training and test."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from analysis.cluster_expansion.models.methods import Inner
from analysis.datasets import Dataset
from warehouse.errors import WarehouseError

TRAINING_SPLIT = "training_10_fold"
"""The split that chooses between methods: it lies wholly outside the locked test."""
LOCKED_SPLIT = "locked_test"
"""Scored for the chosen method alone. No choice uses its structures, but the optional splits test
every method on them."""
ALWAYS = (TRAINING_SPLIT, LOCKED_SPLIT)
OPTIONAL = ("random_10_fold", "leave_composition_out", "size_5_to_6")
SPLITS = (*ALWAYS, *OPTIONAL)
REPEAT = "_repeat_"
"""Ends the name of a split that repeats another one: random_10_fold_repeat_2."""
MIN_TRAINING = 15
N_INNER = 5
ENOUGH = 200
"""Structures held out that curves of settings and sizes are of: those of the first folds that have
as many. In small data these are all; of large ones all would take most of the study's time."""
MOST_GROUPS = 12
"""Folds that leave compositions out; where there are more compositions, several share one."""


@dataclass(frozen=True)
class StructureFold:
    """One division of the samples: `train` and `test` are boolean, shape (n_samples,)."""

    split: str
    fold: int
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]


def split_structures(
    samples: pl.DataFrame, splits: Collection[str] = SPLITS
) -> list[StructureFold]:
    """The folds of `splits`, and of those that choose a method and judge the choice.

    `training_10_fold` stays outside the locked test and chooses the method; `locked_test`
    then judges the choice once. The others ask harder questions of the whole data: five
    different random divisions, a composition that was never seen, and cells larger than any
    that was seen. Raises WarehouseError for an unknown split.
    """
    if unknown := [split for split in splits if split not in SPLITS]:
        raise WarehouseError(
            f"there is no split {unknown[0]!r}", hint=f"use some of: {', '.join(OPTIONAL)}"
        )
    is_locked = samples["is_locked_test"].to_numpy()
    repeats = np.array(samples["random_folds"].to_list())
    n_atoms = samples["n_atoms"].to_numpy()
    everything = np.ones(len(samples), dtype=bool)
    folds = [
        *_k_fold(TRAINING_SPLIT, repeats[:, 0], ~is_locked),
        StructureFold(LOCKED_SPLIT, 0, ~is_locked, is_locked),
    ]
    if "random_10_fold" in splits:
        for repeat, labels in enumerate(repeats.T, start=1):
            name = "random_10_fold" if repeat == 1 else f"random_10_fold{REPEAT}{repeat}"
            folds += _k_fold(name, labels, everything)
    if "leave_composition_out" in splits:
        groups = share_folds(samples["composition_group"])
        folds += _k_fold("leave_composition_out", groups, everything)
    if "size_5_to_6" in splits:
        folds.append(StructureFold("size_5_to_6", 0, n_atoms <= 5, n_atoms == 6))
    return folds


def share_folds(groups: pl.Series) -> NDArray[Any]:
    """What tells apart the folds that leave groups out, of each sample: at most `MOST_GROUPS`."""
    if groups.n_unique() <= MOST_GROUPS:
        return groups.to_numpy()
    sizes = np.zeros(MOST_GROUPS, dtype=int)
    folds = {}
    counts = groups.value_counts().sort("count", groups.name, descending=[True, False])
    for group, count in counts.iter_rows():
        folds[group] = int(np.argmin(sizes))
        sizes[folds[group]] += count
    return groups.replace_strict(folds, return_dtype=pl.Int64).to_numpy()


def pick_enough(folds: Sequence[StructureFold]) -> list[StructureFold]:
    """The first of `folds` that hold out `ENOUGH` structures together, two at least, or all."""
    held_out = np.cumsum([fold.test.sum() for fold in folds])
    return list(folds[: max(2, int(np.searchsorted(held_out, ENOUGH)) + 1)])


def split_inside(samples: pl.DataFrame, train: NDArray[np.bool_], seed: int) -> Inner:
    """Folds inside a training part that choose hyperparameters; equal decorations stay together."""
    # Numbers in the order of the names give the same folds, some ten times as fast.
    groups = samples["decoration_id"].rank("dense").filter(train).to_numpy()
    folds = GroupKFold(N_INNER, shuffle=True, random_state=seed)
    return list(folds.split(groups, groups=groups))


def leave_out_small(
    dataset: Dataset, folds: Sequence[StructureFold]
) -> tuple[list[StructureFold], list[str]]:
    """The folds of splits with enough structures, and the names of the splits left out.

    A split is left out if a fold has fewer than `MIN_TRAINING` structures to train on or none to
    test on. Raises WarehouseError if it is one that chooses or judges.
    """
    small: dict[str, StructureFold] = {}
    for fold in folds:
        if fold.train.sum() < MIN_TRAINING or not fold.test.any():
            small.setdefault(fold.split.partition(REPEAT)[0], fold)
    for fold in small.values():
        if fold.split in ALWAYS:
            raise WarehouseError(
                f"{dataset.name}: {len(dataset.y)} structures leave {fold.train.sum()} to train "
                f"and {fold.test.sum()} to test on in {fold.split}; wanted at least {MIN_TRAINING} "
                "and 1",
                hint="add structures to the alloy",
            )
    return [fold for fold in folds if fold.split.partition(REPEAT)[0] not in small], sorted(small)


def _k_fold(split: str, labels: NDArray[Any], among: NDArray[np.bool_]) -> Iterator[StructureFold]:
    """Test each label's samples once, on models of the other samples `among` those allowed."""
    for number, label in enumerate(np.unique(labels[among])):
        test = among & (labels == label)
        yield StructureFold(split, number, among & ~test, test)
