"""Every way in which the study parts materials into training and test."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.data import CALCULATED, SPLITS, Materials

TRANSFERS = {CALCULATED: "experiment"}
"""The split that trains on all materials of one benchmark and tests on another's; formulas of the
test are left out of the training. `experiment` trains on calculated labels and tests on measured
ones, `calculation` the other way round."""


@dataclass(frozen=True)
class Fold:
    """Rows to train on, shape (n_samples,), and what to test: features in the same columns."""

    split: str
    fold: int
    train: NDArray[np.bool_]
    samples: pl.DataFrame
    X_test: Any
    y_test: FloatArray
    columns: NDArray[np.bool_] | None = None


def transfer_name(benchmark: str) -> str:
    """Name of the split that trains on all of `benchmark` and tests on the other one."""
    return TRANSFERS.get(benchmark, "calculation")


def split_samples(materials: Materials, other: Materials | None) -> list[Fold]:
    """Every way in which the study parts the materials; the last tests those of `other`."""
    data = materials.dataset
    folds = []
    for split, column in SPLITS.items():
        labels = data.samples[column]
        for label in labels.drop_nulls().unique().sort():
            test = (labels == label).fill_null(False).to_numpy()
            folds.append(
                Fold(split, label, ~test, data.samples.filter(test), data.X[test], data.y[test])
            )
    if other is not None:
        folds.append(_transfer(materials, other))
    return folds


def _transfer(materials: Materials, other: Materials) -> Fold:
    """Measured materials have no known cell, so that descriptors of cells stand aside."""
    data = materials.dataset
    formulas = other.dataset.samples["reduced_formula"].unique().to_list()
    shared = data.samples["reduced_formula"].is_in(formulas).to_numpy()
    known = materials.sets != "cell"
    if transfer_name(data.name) == "calculation":
        tested = (
            ~other.dataset.samples["reduced_formula"]
            .is_in(data.samples["reduced_formula"].unique().to_list())
            .to_numpy()
        )
        shared = np.zeros(len(data.y), dtype=bool)
    else:
        tested = np.ones(len(other.dataset.y), dtype=bool)
    return Fold(
        transfer_name(data.name),
        0,
        ~shared,
        other.dataset.samples.filter(tested),
        other.aligned(data.feature_names)[tested],
        other.dataset.y[tested],
        known,
    )
