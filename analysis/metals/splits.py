"""Parts materials into training and test, in every way that the study asks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.metals.benchmarks import FOLDED, MaterialParting, transfer_of
from analysis.metals.data import LabelledMaterials


@dataclass(frozen=True)
class MaterialFold:
    """Rows to train on, shape (n_samples,), and what to test: features in the same columns."""

    split: MaterialParting
    fold: int
    train: NDArray[np.bool_]
    samples: pl.DataFrame
    X_test: Any
    y_test: FloatArray
    columns: NDArray[np.bool_] | None = None


def split_materials(
    materials: LabelledMaterials, other: LabelledMaterials | None
) -> list[MaterialFold]:
    """Every way in which the study parts the materials; the last tests those of `other`."""
    data = materials.dataset
    folds = []
    for parting in FOLDED:
        labels = data.samples[parting.fold_column]
        for label in labels.drop_nulls().unique().sort():
            test = (labels == label).fill_null(False).to_numpy()
            samples = data.samples.filter(test)
            folds.append(MaterialFold(parting, label, ~test, samples, data.X[test], data.y[test]))
    if other is not None:
        folds.append(_transfer(materials, other))
    return folds


def _transfer(materials: LabelledMaterials, other: LabelledMaterials) -> MaterialFold:
    """Measured materials have no known cell, so that descriptors of cells stand aside."""
    data = materials.dataset
    formulas = other.dataset.samples["reduced_formula"].unique().to_list()
    shared = data.samples["reduced_formula"].is_in(formulas).to_numpy()
    known = materials.sets != "cell"
    parting = transfer_of(data.name)
    if parting == MaterialParting.CALCULATION:
        tested = (
            ~other.dataset.samples["reduced_formula"]
            .is_in(data.samples["reduced_formula"].unique().to_list())
            .to_numpy()
        )
        shared = np.zeros(len(data.y), dtype=bool)
    else:
        tested = np.ones(len(other.dataset.y), dtype=bool)
    return MaterialFold(
        parting,
        0,
        ~shared,
        other.dataset.samples.filter(tested),
        other.aligned(data.feature_names)[tested],
        other.dataset.y[tested],
        known,
    )
