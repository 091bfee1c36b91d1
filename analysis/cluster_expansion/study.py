"""Fits cluster expansions of an alloy and judges them on parts of the data kept from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from analysis.cluster_expansion.inquiries.sizes import scan_sizes
from analysis.cluster_expansion.inquiries.sweeps import sweep_regularisation
from analysis.cluster_expansion.inquiries.uncertainty import (
    cover_held_out,
    draw_parameters,
    try_intervals,
    weigh_evidence,
)
from analysis.cluster_expansion.models.expansion import (
    METHODS,
    ClusterExpansion,
    make_model,
    read_hyperparameters,
)
from analysis.cluster_expansion.models.inner_scores import inner_error
from analysis.cluster_expansion.models.weighted import WeightedRidge
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.cluster_expansion.splits import (
    ALWAYS,
    LOCKED_SPLIT,
    REPEAT,
    TRAINING_SPLIT,
    StructureFold,
    leave_out_small,
    split_inside,
    split_structures,
)
from analysis.datasets import Dataset
from analysis.metrics import regression_scores, score_predictions
from analysis.parallel import run_jobs
from analysis.runs.results import Results
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked

NESTED_CHOICE = "nested_choice"
"""The model that takes, in each training part, the method that is best inside it."""


@dataclass(frozen=True)
class TrainedExpansion:
    """One method fitted to one training part; `inner_error` is in eV/atom."""

    method: str
    fold: StructureFold
    model: ClusterExpansion
    inner_error: float


def study_alloy(
    dataset: Dataset,
    orbits: pl.DataFrame,
    settings: ClusterExpansionSettings,
    track: Track = untracked,
) -> Results:
    """TrainedExpansion every method to every training part and score what it predicts for the rest.

    Hyperparameters are chosen within each training part. The method with the lowest RMSE on
    `training_10_fold` is the product's choice, and the only one scored on `locked_test`.
    The parameters of every method come from the fit to all but the locked test. The model
    `nested_choice` chooses its method within each training part as well. Raises WarehouseError
    for an unknown method or split, or too few structures for the splits that choose and judge;
    another split with too few is left out.
    """
    if unknown := [method for method in settings.methods if method not in METHODS]:
        raise WarehouseError(
            f"there is no method {unknown[0]!r}", hint=f"use some of: {', '.join(METHODS)}"
        )
    folds, left_out = leave_out_small(dataset, split_structures(dataset.samples, settings.splits))
    fits = fit_all(dataset, orbits, settings, folds, track)
    locked = {fit.method: fit for fit in fits if fit.fold.split == LOCKED_SPLIT}
    tested = pl.concat([_predict(fit, dataset) for fit in fits if fit.fold.split != LOCKED_SPLIT])
    selected = _select(score_energies(tested.filter(split=TRAINING_SPLIT)))
    shown = [locked[selected], *map(_look_back, locked.values()), *choose_within(fits)]
    predictions = pl.concat([tested, *(_predict(fit, dataset) for fit in shown)])
    hyperparameters = {m: read_hyperparameters(fit.model) for m, fit in locked.items()}
    return Results(
        feature_space=dataset.feature_space,
        left_out_splits=left_out,
        hyperparameters=hyperparameters | {NESTED_CHOICE: _count_choices(fits)},
        selected=selected,
        parameters=pl.concat([_parameters(fit.model, m, dataset) for m, fit in locked.items()]),
        predictions=predictions,
        metrics=score_energies(predictions),
        **inquire(dataset, orbits, settings, [f for f in fits if f.method == selected], track),
    )


def inquire(
    dataset: Dataset,
    orbits: pl.DataFrame,
    settings: ClusterExpansionSettings,
    fits: Sequence[TrainedExpansion],
    track: Track,
) -> dict[str, pl.DataFrame]:
    """Curves, paths and draws that explain the scores, all outside the locked test.

    `fits` are those of the chosen method.
    """
    *choosing, chosen = [fit for fit in fits if fit.fold.split in ALWAYS]
    studied = [fit.fold for fit in (*choosing, chosen)]
    orders = orbits["cluster_order"].to_list()
    paths, swept = sweep_regularisation(dataset, orders, studied, track)
    methods, seed = settings.methods, settings.seed
    curves = [swept, scan_sizes(dataset, orbits, methods, studied[:-1], seed, track)]
    model, method = chosen.model, chosen.method
    X, y = dataset.X[chosen.fold.train], dataset.y[chosen.fold.train]
    if isinstance(model.estimator_, WeightedRidge):
        curves.append(try_intervals(model, method, X, seed, track))
        curves.append(weigh_evidence(model, method, X, dataset))
        tested = [(fit.model, fit.fold) for fit in choosing]
        curves.append(cover_held_out(tested, method, dataset))
    draws = draw_parameters(model, method, X, y, dataset, seed)
    return {"curves": pl.concat(curves), "paths": paths, "draws": draws}


def fit_all(
    dataset: Dataset,
    orbits: pl.DataFrame,
    settings: ClusterExpansionSettings,
    folds: Sequence[StructureFold],
    track: Track,
) -> list[TrainedExpansion]:
    """TrainedExpansion every method to the training part of every fold."""

    def work(job: tuple[str, StructureFold]) -> TrainedExpansion:
        method, fold = job
        X, y = dataset.X[fold.train], dataset.y[fold.train]
        inner = split_inside(dataset.samples, fold.train, settings.seed)
        model = make_model(method, orbits, inner).fit(X, y)
        return TrainedExpansion(method, fold, model, inner_error(model, X, y, inner))

    jobs = [(method, fold) for fold in folds for method in settings.methods]
    return run_jobs(work, jobs, f"fit cluster expansions of {dataset.name}", track)


def choose_within(fits: Sequence[TrainedExpansion]) -> list[TrainedExpansion]:
    """The fit to each training part whose error inside it is lowest, but for the locked test."""
    best: dict[tuple[str, int], TrainedExpansion] = {}
    for fit in fits:
        key = (fit.fold.split, fit.fold.fold)
        if key not in best or fit.inner_error < best[key].inner_error:
            best[key] = fit
    return [
        replace(fit, method=NESTED_CHOICE)
        for fit in best.values()
        if fit.fold.split != LOCKED_SPLIT
    ]


def score_energies(predictions: pl.DataFrame) -> pl.DataFrame:
    """Scores of all predictions of a model and split together; see `score_predictions`.

    The repeats of a split are scored together with it; n counts each structure once.
    """
    of_split = pl.col("split").str.split(REPEAT)
    pooled = predictions.with_columns(
        split=of_split.list.first(), fold=pl.struct("split", "fold").rank("dense")
    )
    scores = score_predictions(pooled, regression_scores(), mean_of_folds=False)
    n = pooled.group_by("model", "split").agg(n=pl.col("sample_id").n_unique().cast(pl.Int64))
    return scores.drop("n").join(n, on=["model", "split"], maintain_order="left")


def _count_choices(fits: Sequence[TrainedExpansion]) -> dict[str, int]:
    """How often each method was the best inside a training part."""
    best = {(f.fold.split, f.fold.fold): f.model for f in choose_within(fits)}
    chosen = [fit.method for fit in fits if best.get((fit.fold.split, fit.fold.fold)) is fit.model]
    return {method: chosen.count(method) for method in sorted(set(chosen))}


def _look_back(fit: TrainedExpansion) -> TrainedExpansion:
    """The same fit, tested on what it was fitted to."""
    return replace(fit, fold=replace(fit.fold, split="training", test=fit.fold.train))


def _predict(fit: TrainedExpansion, dataset: Dataset) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model": fit.method,
            "split": fit.fold.split,
            "sample_id": dataset.samples["structure_id"].filter(fit.fold.test),
            "fold": fit.fold.fold,
            "target": dataset.y[fit.fold.test],
            "prediction": fit.model.predict(dataset.X[fit.fold.test]),
        }
    )


def _parameters(model: ClusterExpansion, method: str, dataset: Dataset) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model": method,
            "feature": dataset.feature_names,
            "parameter": model.parameters_,
            "scale": [None, None, *model.scale_],
        }
    )


def _select(metrics: pl.DataFrame) -> str:
    """Name of the model with the lowest RMSE."""
    scores = metrics.filter(metric="rmse").sort("value")
    return str(scores["model"][0])
