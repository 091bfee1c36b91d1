"""What one would report of a method, by how its settings were chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.splits import TRAINING_SPLIT, StructureFold
from analysis.datasets import Dataset, FloatArray
from analysis.metrics import MEV


@dataclass(frozen=True)
class Sweep:
    """Paths fitted to one training part.

    `strengths` has shape (n_ratios, n_strengths), `parameters` (n_ratios, n_features,
    n_strengths) in eV, `mse` per part (n_ratios, n_strengths) in (eV/atom)² and `n` its samples.
    """

    n_elements: int
    strengths: FloatArray
    parameters: FloatArray
    mse: dict[str, FloatArray]
    n: dict[str, int]


def score_wrong_choices(parts: Sequence[Sweep]) -> pl.DataFrame:
    """Rows of `curves`, `selection`: the error of an elastic net as two wrong ways would report it.

    `test`: each fold's setting is the one that is best on the fold itself. `non_nested`: one
    setting for all, the one with the lowest error on the folds that also score it.
    """
    weights = np.array([sweep.n["validation"] for sweep in parts])
    mse = np.stack([sweep.mse["validation"][1:] for sweep in parts])
    on_test = np.average(mse.min(axis=(1, 2)), weights=weights)
    non_nested = np.average(mse, axis=0, weights=weights).min()
    n = int(weights.sum())
    return pl.concat([_report("test", on_test, n), _report("non_nested", non_nested, n)])


def score_nested(
    fits: Sequence[tuple[ClusterExpansion, StructureFold]], dataset: Dataset
) -> pl.DataFrame:
    """The row `nested` of it, of fits that chose inside the same training parts."""
    errors = [model.predict(dataset.X[fold.test]) - dataset.y[fold.test] for model, fold in fits]
    every = np.concatenate(errors)
    return _report("nested", float(np.mean(every**2)), len(every))


def _report(series: str, mse: float, n: int) -> pl.DataFrame:
    row = {
        "curve": "selection",
        "model": "elastic_net",
        "series": series,
        "setting": 0.0,
        "split": TRAINING_SPLIT,
        "part": "validation",
        "metric": "rmse",
        "value": MEV * float(np.sqrt(mse)),
        "unit": "meV/atom",
        "standard_error": None,
        "n": n,
    }
    return pl.DataFrame([row], schema_overrides={"standard_error": pl.Float64})
