"""What regularisation does: parameters and errors along every strength and mixing ratio.

Everything here stays outside the locked test: the paths are fitted to the whole training part,
and the errors are those of folds inside it, which also choose the method.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl

from analysis.cluster_expansion.inquiries.selection import Sweep, score_wrong_choices
from analysis.cluster_expansion.models.expansion import wrap
from analysis.cluster_expansion.models.mixing_ratios import L1_RATIOS
from analysis.cluster_expansion.models.ridge import LeastSquares
from analysis.cluster_expansion.models.rows import reduce_rows
from analysis.cluster_expansion.models.sparse import (
    RIDGE_STRENGTHS,
    WEAKEST_STRENGTH,
    follow_paths,
    make_strengths,
)
from analysis.cluster_expansion.splits import TRAINING_SPLIT, StructureFold
from analysis.datasets import Dataset, FloatArray
from analysis.metrics import MEV, paired_error
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track, untracked

RATIOS = (0.0, *L1_RATIOS)
"""Mixing ratios from ridge to lasso."""
WEAKEST_STRENGTHS = (WEAKEST_STRENGTH, 3e-6)
"""Where paths may end, as shares of the strength that leaves nothing: a weaker one is tried where
the error still falls at the end, as of energies that the clusters explain almost wholly."""
LAST_STEPS, LEAST_FALL = 5, 0.01
"""Errors fall at the end whose mean square over the last steps does so by at least this share."""


def sweep_regularisation(
    dataset: Dataset,
    orbits: pl.DataFrame,
    folds: Sequence[StructureFold],
    track: Track = untracked,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `parameter_paths` and of `curves`: `strength`, `excess` and `selection`.

    `folds` are those of the split that chooses and the one of the locked test, whose training
    part the paths are fitted to.
    """
    choosing = [fold for fold in folds if fold.split == TRAINING_SPLIT]
    (locked,) = (fold for fold in folds if fold not in choosing)
    everything = StructureFold("training", 0, locked.train, locked.train)
    for weakest in WEAKEST_STRENGTHS:
        whole = sweep_part(dataset, orbits, everything, weakest=weakest)
        parts = run_jobs(
            partial(sweep_part, dataset, orbits, strengths=whole.strengths),
            choosing,
            f"sweep strengths and mixing ratios for {dataset.name}",
            track,
            has_large_matrices=dataset.is_large,
        )
        if not _falls_at_end(parts):
            break
    return _paths(whole, dataset), pl.concat(
        [_strength_curves(whole, parts), _excess(whole, parts), score_wrong_choices(parts)]
    )


def sweep_part(
    dataset: Dataset,
    orbits: pl.DataFrame,
    fold: StructureFold,
    strengths: FloatArray | None = None,
    weakest: float = WEAKEST_STRENGTH,
) -> Sweep:
    """Fit the paths of every mixing ratio to one training part, by default at its own strengths."""
    X, y = dataset.X[fold.train], dataset.y[fold.train]
    frame = wrap(LeastSquares(), orbits)
    columns, target = frame.scale(X, y)
    if strengths is None:
        ridge = np.array(RIDGE_STRENGTHS[::-1]) / len(y)
        strengths = np.vstack([ridge, make_strengths(columns, target, L1_RATIOS, weakest)])
    paths = np.concatenate(
        [
            follow_ridge(columns, target, strengths[0] * len(y))[None],
            follow_paths(columns, target, L1_RATIOS, strengths[1:]),
        ]
    )
    parameters = np.moveaxis(frame.to_parameters(np.moveaxis(paths, 1, 2)), 2, 1)
    rows = {"training": fold.train, "validation": fold.test}
    errors = {part: dataset.X[mask] @ parameters for part, mask in rows.items()}
    return Sweep(
        n_elements=frame.n_elements,
        strengths=strengths,
        parameters=parameters,
        mse={
            part: np.mean((error - dataset.y[rows[part]][:, None]) ** 2, axis=1)
            for part, error in errors.items()
        },
        n={part: int(mask.sum()) for part, mask in rows.items()},
    )


def follow_ridge(X: FloatArray, y: FloatArray, penalties: FloatArray) -> FloatArray:
    """Coefficients of a ridge at each penalty, shape (n_features, n_penalties), by one SVD."""
    if len(X) > X.shape[1]:
        rows = reduce_rows(X, y)
        X, y = rows.X, rows.y
    left, singular, right = np.linalg.svd(X, full_matrices=False)
    shrunk = singular[:, None] / (singular[:, None] ** 2 + penalties) * (left.T @ y)[:, None]
    return np.asarray(right.T @ shrunk)


def _falls_at_end(parts: Sequence[Sweep]) -> bool:
    """Whether the lowest validation error over all shares of L1 falls as its path ends."""
    weights = [sweep.n["validation"] for sweep in parts]
    mse = np.average([sweep.mse["validation"][1:] for sweep in parts], axis=0, weights=weights)
    lowest = mse.min(axis=0)
    return bool(lowest[-1] < (1 - LEAST_FALL) * lowest[-1 - LAST_STEPS])


def name_method(ratio: float) -> str:
    """What a penalty with this share of L1 is called."""
    return {0.0: "ridge", 1.0: "lasso"}.get(ratio, "elastic_net")


def _paths(whole: Sweep, dataset: Dataset) -> pl.DataFrame:
    """Long rows of the paths fitted to the whole training part."""
    n_ratios, n_features, n_strengths = whole.parameters.shape
    return pl.DataFrame(
        {
            "model": np.repeat([name_method(ratio) for ratio in RATIOS], n_features * n_strengths),
            "l1_ratio": np.repeat(RATIOS, n_features * n_strengths),
            "strength": np.repeat(whole.strengths[:, None], n_features, axis=1).ravel(),
            "feature": np.tile(np.repeat(dataset.feature_names, n_strengths), n_ratios),
            "parameter": whole.parameters.ravel(),
        }
    )


def _strength_curves(whole: Sweep, parts: Sequence[Sweep]) -> pl.DataFrame:
    """RMSE and number of free parameters that are not zero, along each path."""
    frames = []
    shape = whole.strengths.shape
    for part in ("training", "validation"):
        weights = np.array([sweep.n[part] for sweep in parts])
        mse = np.stack([sweep.mse[part] for sweep in parts])
        value = np.sqrt(np.average(mse, axis=0, weights=weights))
        error = mse.std(axis=0, ddof=1) / np.sqrt(len(parts)) / (2 * value)
        n = int(weights.sum()) if part == "validation" else whole.n[part]
        frames.append((part, "rmse", "meV/atom", MEV * value, MEV * error, n))
    counts = np.count_nonzero(whole.parameters[:, whole.n_elements :], axis=1).astype(float)
    no_error = np.full(shape, np.nan)
    frames.append(("training", "non_zero", "1", counts, no_error, whole.n["training"]))
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "curve": "strength",
                    "model": np.repeat([name_method(ratio) for ratio in RATIOS], shape[1]),
                    "series": np.repeat([f"{ratio:g}" for ratio in RATIOS], shape[1]),
                    "setting": whole.strengths.ravel(),
                    "split": TRAINING_SPLIT,
                    "part": part,
                    "metric": metric,
                    "value": value.ravel(),
                    "unit": unit,
                    "standard_error": pl.Series(error.ravel()).fill_nan(None),
                    "n": pl.Series([n] * whole.strengths.size, dtype=pl.Int64),
                }
            )
            for part, metric, unit, value, error, n in frames
        ]
    )


def _excess(whole: Sweep, parts: Sequence[Sweep]) -> pl.DataFrame:
    """How far each setting with a share of L1 lies above the best one, fold against fold."""
    weights = np.array([sweep.n["validation"] for sweep in parts])
    mse = np.stack([sweep.mse["validation"][1:] for sweep in parts])
    rmse = np.sqrt(np.average(mse, axis=0, weights=weights))
    best = np.unravel_index(np.argmin(rmse), rmse.shape)
    error = paired_error(mse - mse[:, best[0], best[1], None, None], rmse + rmse[best])
    n_strengths = rmse.shape[1]
    return pl.DataFrame(
        {
            "curve": "excess",
            "model": np.repeat([name_method(ratio) for ratio in L1_RATIOS], n_strengths),
            "series": np.repeat([f"{ratio:g}" for ratio in L1_RATIOS], n_strengths),
            "setting": whole.strengths[1:].ravel(),
            "split": TRAINING_SPLIT,
            "part": "validation",
            "metric": "rmse",
            "value": MEV * (rmse - rmse[best]).ravel(),
            "unit": "meV/atom",
            "standard_error": MEV * error.ravel(),
            "n": pl.Series([int(weights.sum())] * rmse.size, dtype=pl.Int64),
        }
    )
