"""How the error depends on the number of structures and on the number of interactions.

Both stay outside the locked test, as do the folds that choose the method.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.cluster_expansion.data import select_orbits
from analysis.cluster_expansion.models.methods import FIT_ERRORS, make_model
from analysis.cluster_expansion.splits import (
    MIN_TRAINING,
    TRAINING_SPLIT,
    StructureFold,
    split_inside,
)
from analysis.datasets import Dataset
from analysis.metrics import MEV, paired_error
from analysis.runs.parallel import run_jobs
from warehouse.progress import Track, untracked

LEARNING_METHODS = ("least_squares", "ridge", "weighted_ridge")
SLOW_METHODS = ("lasso",)
"""Methods whose learning curve a thorough study adds."""
CUTOFF_METHODS = ("least_squares", "ridge", "weighted_ridge")
N_SIZES = 5
SHARES = (0.3, 0.36, 0.42, 0.48, 0.54, 0.6, 0.7, 0.85, 1.0)
"""Cutoffs of the scan as shares of the longest ones."""


@dataclass(frozen=True)
class Trial:
    """One fit of a scan: what is swept, its value, and what it is fitted to and tested on."""

    curve: str
    method: str
    series: str
    setting: float
    fold: StructureFold
    orbits: pl.DataFrame
    places: tuple[int, ...]


def scan_sizes(
    dataset: Dataset,
    orbits: pl.DataFrame,
    methods: Sequence[str],
    folds: Sequence[StructureFold],
    seed: int = 0,
    track: Track = untracked,
    *,
    is_thorough: bool = False,
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Rows of `curves`: `learning`, by structures in training, and `cutoffs`, by free parameters.

    `folds` are those of the split that chooses. Also returns the methods that fail, and why.
    """
    learning = LEARNING_METHODS + SLOW_METHODS * is_thorough
    trials = [
        *list_learning(orbits, [m for m in learning if m in methods], folds, seed),
        *list_tried_cutoffs(orbits, [m for m in CUTOFF_METHODS if m in methods], folds),
    ]

    def work(trial: Trial) -> list[dict[str, object]] | str:
        X, train = dataset.X[:, trial.places], trial.fold.train
        inner = split_inside(dataset.samples, train, seed)
        try:
            model = make_model(trial.method, trial.orbits, inner).fit(X[train], dataset.y[train])
        except FIT_ERRORS as error:
            return f"{error}, in the {trial.curve} curve"
        return [
            {
                "curve": trial.curve,
                "model": trial.method,
                "series": trial.series,
                "setting": trial.setting,
                "part": part,
                "mse": np.mean((model.predict(X[mask]) - dataset.y[mask]) ** 2),
                "n": int(mask.sum()),
            }
            for part, mask in (("training", train), ("validation", trial.fold.test))
        ]

    what, is_large = f"scan sizes and cutoffs for {dataset.name}", dataset.is_large
    found = run_jobs(work, trials, what, track, has_large_matrices=is_large)
    failed = {t.method: why for t, why in zip(trials, found, strict=True) if isinstance(why, str)}
    rows = [
        row
        for trial, result in zip(trials, found, strict=True)
        if trial.method not in failed
        for row in result
    ]
    if not rows:
        return _none(), failed
    scored = pl.DataFrame(rows)
    return pl.concat([_average(scored), _gains(scored), _ranks(dataset, trials)]), failed


def list_learning(
    orbits: pl.DataFrame, methods: Sequence[str], folds: Sequence[StructureFold], seed: int
) -> list[Trial]:
    """Fits to growing parts of each fold's training structures, drawn once for all methods."""
    most = min(int(fold.train.sum()) for fold in folds)
    sizes = np.unique(np.geomspace(MIN_TRAINING, most, N_SIZES).round().astype(int))
    places = tuple(range(orbits.height))
    trials = []
    for fold in folds:
        drawn = np.random.default_rng([seed, fold.fold]).permutation(np.flatnonzero(fold.train))
        for size in sizes:
            train = np.zeros_like(fold.train)
            train[drawn[:size]] = True
            part = StructureFold(fold.split, fold.fold, train, fold.test)
            trials += [
                Trial("learning", method, "", float(size), part, orbits, places)
                for method in methods
            ]
    return trials


def list_tried_cutoffs(
    orbits: pl.DataFrame, methods: Sequence[str], folds: Sequence[StructureFold]
) -> list[Trial]:
    """Fits in growing parts of the cluster space."""
    several = orbits.filter(pl.col("cluster_order") >= 2)
    longest = several.group_by("cluster_order").agg(pl.col("diameter").max()).sort("cluster_order")
    trials, seen = [], set()
    for share in SHARES:
        cutoffs = [share * diameter for diameter in longest["diameter"]]
        part = select_orbits(orbits, cutoffs)
        if part["cluster_order"].max() == 1 or part.height in seen:
            continue
        seen.add(part.height)
        kept = orbits["orbit_index"].is_in(part["orbit_index"].implode()).arg_true()
        series = ", ".join(f"{cutoff:.2f}" for cutoff in cutoffs)
        trials += [
            Trial("cutoffs", method, series, float(part.height - 2), fold, part, tuple(kept))
            for method in methods
            for fold in folds
        ]
    return trials


def _average(rows: pl.DataFrame) -> pl.DataFrame:
    """RMSE over all folds together, and its standard error from their scatter."""
    rmse = ((pl.col("mse") * pl.col("n")).sum() / pl.col("n").sum()).sqrt()
    keys = ["curve", "model", "series", "setting", "part"]
    return (
        rows.group_by(keys, maintain_order=True)
        .agg(
            value=MEV * rmse,
            standard_error=MEV * pl.col("mse").std() / pl.len().sqrt() / (2 * rmse),
            n=pl.when(pl.col("part").first() == "training")
            .then(pl.col("n").max())
            .otherwise(pl.col("n").sum()),
        )
        .with_columns(split=pl.lit(TRAINING_SPLIT), metric=pl.lit("rmse"), unit=pl.lit("meV/atom"))
        .select(_none().columns)
        .cast({"n": pl.Int64})
    )


def _gains(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `curves`, `gain`: by how much more structures lower the error, fold against fold."""
    learned = rows.filter(pl.col("curve") == "learning", pl.col("part") == "validation")
    gains = []
    for (model,), part in learned.group_by("model", maintain_order=True):
        sizes = part["setting"].unique().sort().to_list()
        n = part.filter(setting=sizes[0])["n"].to_numpy()
        mse = np.array([part.filter(setting=size)["mse"].to_numpy() for size in sizes])
        rmse = np.sqrt(np.average(mse, axis=1, weights=n))
        error = paired_error((mse[:-1] - mse[1:]).T, rmse[:-1] + rmse[1:])
        gains.append(
            pl.DataFrame(
                {
                    "curve": "gain",
                    "model": model,
                    "series": "",
                    "setting": sizes[1:],
                    "split": TRAINING_SPLIT,
                    "part": "validation",
                    "metric": "rmse",
                    "value": -MEV * np.diff(rmse),
                    "unit": "meV/atom",
                    "standard_error": MEV * error,
                    "n": int(n.sum()),
                },
                schema=_none().schema,
            )
        )
    return pl.concat([_none(), *gains])


def _ranks(dataset: Dataset, trials: Sequence[Trial]) -> pl.DataFrame:
    """Lowest and highest rank of the folds' training parts in each part of the space."""
    spaces: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.curve == "cutoffs" and trial.method == trials[-1].method:
            spaces.setdefault(trial.series, []).append(trial)
    rows = [
        {
            "curve": "cutoffs",
            "model": "least_squares",
            "series": series,
            "setting": own[0].setting,
            "split": TRAINING_SPLIT,
            "part": "training",
            "metric": metric,
            "value": float(pick(_rank(dataset, trial) for trial in own)),
            "unit": "1",
            "standard_error": None,
            "n": min(int(trial.fold.train.sum()) for trial in own),
        }
        for series, own in spaces.items()
        for metric, pick in (("rank", min), ("highest_rank", max))
    ]
    return pl.DataFrame(rows, schema=_none().schema)


def _rank(dataset: Dataset, trial: Trial) -> int:
    """Rank of one training part, without the two columns that the elements fix."""
    return int(np.linalg.matrix_rank(dataset.X[trial.fold.train][:, trial.places])) - 2


def _none() -> pl.DataFrame:
    text = dict.fromkeys(["curve", "model", "series"], pl.String)
    more = dict.fromkeys(["split", "part", "metric"], pl.String)
    return pl.DataFrame(
        schema=text
        | {"setting": pl.Float64}
        | more
        | {
            "value": pl.Float64,
            "unit": pl.String,
            "standard_error": pl.Float64,
            "n": pl.Int64,
        }
    )
