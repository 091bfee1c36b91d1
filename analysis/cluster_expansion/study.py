"""Fits cluster expansions of an alloy and judges them on parts of the data kept from them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from analysis.cluster_expansion.fits import (
    NESTED_CHOICE,
    TrainedExpansion,
    choose_within,
    count_choices,
    fit_all,
    look_back,
)
from analysis.cluster_expansion.inquiries.hull_probabilities import judge_hull_probabilities
from analysis.cluster_expansion.inquiries.selection import score_nested
from analysis.cluster_expansion.inquiries.sizes import scan_sizes
from analysis.cluster_expansion.inquiries.sweeps import sweep_regularisation
from analysis.cluster_expansion.inquiries.uncertainty import (
    cover_held_out,
    draw_parameters,
    list_parameters,
    name_parameters,
    try_intervals,
    weigh_evidence,
)
from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.models.methods import (
    BY_CONCENTRATION,
    METHODS,
    WEIGHTED,
    read_hyperparameters,
)
from analysis.cluster_expansion.models.reaches import learn_reaches
from analysis.cluster_expansion.models.weighted import WeightedRidge
from analysis.cluster_expansion.settings import ClusterExpansionSettings
from analysis.cluster_expansion.splits import (
    ALWAYS,
    LOCKED_SPLIT,
    REPEAT,
    TRAINING_SPLIT,
    leave_out_small,
    pick_enough,
    split_structures,
)
from analysis.datasets import Dataset
from analysis.metrics import regression_scores, score_predictions
from analysis.runs.results import Results
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked


def study_alloy(
    dataset: Dataset,
    orbits: pl.DataFrame,
    settings: ClusterExpansionSettings,
    track: Track = untracked,
) -> Results:
    """Fit every method to every training part and score what it predicts for the rest.

    Hyperparameters are chosen within each training part. The method with the lowest RMSE on
    `training_10_fold`, among those of constant interactions, is the product's choice, and the only
    one scored on `locked_test`; unless
    the study is thorough, also the only one whose random folds are repeated. The parameters of
    every method come from the fit to all but the locked test, or with `refit` all from one to all
    structures, made after the locked test has judged. The model `nested_choice` chooses
    its method within each training part as well. A method that fails is left out, as is another
    split with too few structures. Raises WarehouseError for an unknown method or split, if there
    are too few structures for the splits that choose and judge, or if every method fails.
    """
    if unknown := [method for method in settings.methods if method not in METHODS]:
        raise WarehouseError(
            f"there is no method {unknown[0]!r}", hint=f"use some of: {', '.join(METHODS)}"
        )
    folds, left_out = leave_out_small(dataset, split_structures(dataset.samples, settings.splits))
    once = [fold for fold in folds if REPEAT not in fold.split]
    fits, failed = fit_all(dataset, orbits, settings, once, track)
    settings = replace(settings, methods=tuple(m for m in settings.methods if m not in failed))
    if settings.methods == (BY_CONCENTRATION,):
        raise WarehouseError(
            f"of the methods for {dataset.name} only {BY_CONCENTRATION} can be fitted; its "
            "interactions change with the concentration, so it is compared and never chosen",
            hint=f"add a method, such as --methods {WEIGHTED},{BY_CONCENTRATION}",
        )
    tested = [_predict(fit, dataset) for fit in fits if fit.fold.split != LOCKED_SPLIT]
    selected = _select(score_energies(pl.concat(tested).filter(split=TRAINING_SPLIT)))
    repeated = settings if settings.is_thorough else replace(settings, methods=(selected,))
    repeats = [fold for fold in folds if REPEAT in fold.split]
    again, failed_again = fit_all(dataset, orbits, repeated, repeats, track)
    locked = {fit.method: fit for fit in fits if fit.fold.split == LOCKED_SPLIT}
    final = locked
    if settings.refit == "all":
        everything = replace(next(iter(locked.values())).fold, train=np.ones(len(dataset.y), bool))
        refitted, failed_refit = fit_all(dataset, orbits, settings, [everything], track)
        final, failed = {fit.method: fit for fit in refitted}, failed_refit | failed
    compared = [*fits, *again] if settings.is_thorough else fits
    within = choose_within(compared)
    shown = [locked[selected], *map(look_back, locked.values()), *again, *within]
    predictions = pl.concat([*tested, *(_predict(fit, dataset) for fit in shown)])
    inquiries, failed_curves = inquire(dataset, orbits, settings, fits, final[selected], track)
    if BY_CONCENTRATION in final:
        of_other = [fit for fit in fits if fit.method == BY_CONCENTRATION]
        more = _judge_intervals(of_other, final[BY_CONCENTRATION], dataset, settings.seed)
        inquiries |= {name: pl.concat([inquiries[name], rows]) for name, rows in more.items()}
    return Results(
        feature_space=dataset.feature_space,
        left_out_splits=left_out,
        left_out_methods=failed_curves | failed_again | failed,
        hyperparameters={
            **{
                method: _tell(fit, dataset) | {"refit": settings.refit}
                for method, fit in final.items()
            },
            **{method: {"left_out": reason} for method, reason in failed.items()},
            NESTED_CHOICE: count_choices(within, compared),
        },
        selected=selected,
        parameters=pl.concat([_parameters(fit.model, m, dataset) for m, fit in final.items()]),
        predictions=predictions,
        metrics=score_energies(predictions),
        curves=inquiries["curves"],
        paths=inquiries["paths"],
        draws=inquiries["draws"],
    )


def inquire(
    dataset: Dataset,
    orbits: pl.DataFrame,
    settings: ClusterExpansionSettings,
    fits: Sequence[TrainedExpansion],
    final: TrainedExpansion,
    track: Track,
) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Curves and paths that explain the scores, all outside the locked test, and draws.

    `final` is the fit of the chosen method that the draws are around. Also returns the methods
    whose curves fail, and why.
    """
    own = [fit for fit in fits if fit.method == final.method]
    *choosing, chosen = [fit for fit in own if fit.fold.split in ALWAYS]
    tried = pick_enough([fit.fold for fit in choosing])
    paths, swept = sweep_regularisation(dataset, orbits, [*tried, chosen.fold], track)
    methods, seed = settings.methods, settings.seed
    scanned, failed = scan_sizes(
        dataset, orbits, methods, tried, seed, track, is_thorough=settings.is_thorough
    )
    curves = [swept, scanned]
    same = {(fold.split, fold.fold) for fold in tried}
    nets = [fit for fit in fits if fit.method == "elastic_net"]
    if nested := [(f.model, f.fold) for f in nets if (f.fold.split, f.fold.fold) in same]:
        curves.append(score_nested(nested, dataset))
    model, method = chosen.model, chosen.method
    X = dataset.X[chosen.fold.train]
    if isinstance(model.estimator_, WeightedRidge):
        curves.append(try_intervals(model, method, X, seed, track))
        curves.append(weigh_evidence(model, method, X, dataset))
        tested = [(fit.model, fit.fold) for fit in choosing]
        curves.append(cover_held_out(tested, method, dataset))
        if model.n_elements == 2:  # Hulls of draws are lines over one share.
            curves.append(judge_hull_probabilities(tested, method, dataset, seed))
    X, y = dataset.X[final.fold.train], dataset.y[final.fold.train]
    draws = draw_parameters(final.model, method, X, y, dataset, seed)
    return {"curves": pl.concat(curves), "paths": paths, "draws": draws}, failed


def _judge_intervals(
    fits: Sequence[TrainedExpansion], final: TrainedExpansion, dataset: Dataset, seed: int
) -> dict[str, pl.DataFrame]:
    """Draws around `final`, which is never chosen but predicts, and what its intervals hold."""
    X, y = dataset.X[final.fold.train], dataset.y[final.fold.train]
    tested = [(fit.model, fit.fold) for fit in fits if fit.fold.split == TRAINING_SPLIT]
    return {
        "curves": cover_held_out(tested, final.method, dataset),
        "draws": draw_parameters(final.model, final.method, X, y, dataset, seed),
    }


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


def _tell(fit: TrainedExpansion, dataset: Dataset) -> dict[str, float]:
    """What a fit chose for itself, how many structures it knows, and how wide its intervals are."""
    train = fit.fold.train
    (reaches,) = learn_reaches(fit.model, dataset.X[train], dataset.y[train])
    told = read_hyperparameters(fit.model) | {"n_training": int(train.sum())}
    return told | reaches.tell()


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
    scale = [None] * model.n_elements + list(model.scale_)
    return pl.DataFrame(
        {
            "model": method,
            "feature": name_parameters(model, dataset),
            "parameter": list_parameters(model, model.estimator_.coef_),
            "scale": scale + [None] * model.slopes_.size,
        }
    )


def _select(metrics: pl.DataFrame) -> str:
    """Name of the model with the lowest RMSE among those that can be simulated and exported."""
    scores = metrics.filter(pl.col("metric") == "rmse", pl.col("model") != BY_CONCENTRATION)
    return str(scores.sort("value")["model"][0])
