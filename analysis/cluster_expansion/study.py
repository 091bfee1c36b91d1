"""Fits cluster expansions of an alloy and judges them on parts of the data kept from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.cluster_expansion.models import GRIDS, METHODS, make_model, read_hyperparameters
from analysis.datasets import Dataset, read_lineage, read_samples
from analysis.metrics import regression_scores, score_predictions
from analysis.parallel import run_jobs
from analysis.results import Results
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked

STUDY = "cluster_expansion"
MART = "marts.cluster_expansion_training"
TRAINING_SPLIT = "training_10_fold"
"""The split that chooses between methods: it lies wholly outside the locked test."""
LOCKED_SPLIT = "locked_test"
"""The split whose test no method but the chosen one is shown."""
MIN_TRAINING = 20


@dataclass(frozen=True)
class Fold:
    """One division of the samples: `train` and `test` are boolean, shape (n_samples,)."""

    split: str
    fold: int
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]


def read_dataset(
    connection: duckdb.DuckDBPyConnection, alloy: str, cluster_space_id: str
) -> Dataset:
    """Cluster vectors and formation energies of the mixed structures of `alloy`.

    The pure elements are left out: the model is exact for them by construction, so they
    neither teach it anything nor test it. Raises WarehouseError if there are no rows.
    """
    rows = read_samples(
        connection,
        f"""
        select * exclude (cluster_space_id, alloy)
        from {MART}
        where alloy = ? and cluster_space_id = ? and concentration > 0 and concentration < 1
        order by structure_id
        """,
        [alloy, cluster_space_id],
        missing=f"{MART} has no structures of {alloy} in the cluster space {cluster_space_id}",
        choices=f"select distinct alloy || ' in ' || cluster_space_id from {MART} order by all",
    )
    X = np.vstack(rows["cluster_vector"].to_list())
    if X.shape[1] <= 2:
        raise WarehouseError(
            f"the cluster space {cluster_space_id} has no cluster of two or more sites",
            hint="make one with longer cutoffs: `python -m ingest clusters --cutoffs 3.2,1.8`",
        )
    return Dataset(
        name=alloy,
        feature_space=cluster_space_id,
        X=X,
        y=rows["formation_energy_per_atom"].to_numpy(),
        feature_names=tuple(str(orbit_index) for orbit_index in range(X.shape[1])),
        samples=rows.drop("cluster_vector"),
        lineage=read_lineage(connection, MART, "staging.orbits"),
    )


def read_cluster_orders(
    connection: duckdb.DuckDBPyConnection, cluster_space_id: str
) -> tuple[int, ...]:
    """Sites per cluster of each orbit of a cluster space, in the order of cluster vectors."""
    rows = connection.execute(
        "select cluster_order from staging.orbits where cluster_space_id = ? order by orbit_index",
        [cluster_space_id],
    ).fetchall()
    return tuple(order for (order,) in rows)


def split_samples(samples: pl.DataFrame) -> list[Fold]:
    """Every way in which the study parts the samples into training and test.

    `training_10_fold` stays outside the locked test and chooses the method; `locked_test`
    then judges the choice once. The others ask harder questions of the whole data: a
    composition that was never seen, and cells larger than any that was seen.
    """
    is_locked = samples["is_locked_test"].to_numpy()
    random_fold = samples["random_fold"].to_numpy()
    n_atoms = samples["n_atoms"].to_numpy()
    groups = samples["composition_group"].to_numpy()
    everything = np.ones(len(samples), dtype=bool)
    return [
        *_k_fold(TRAINING_SPLIT, random_fold, ~is_locked),
        Fold(LOCKED_SPLIT, 0, ~is_locked, is_locked),
        *_k_fold("random_10_fold", random_fold, everything),
        *_k_fold("leave_composition_out", groups, everything),
        Fold("size_5_to_6", 0, n_atoms <= 5, n_atoms == 6),
    ]


def run_study(
    dataset: Dataset,
    cluster_orders: Sequence[int],
    methods: Sequence[str] = tuple(METHODS),
    seed: int = 0,
    track: Track = untracked,
) -> Results:
    """Fit every method to every training part and score what it predicts for the rest.

    Strengths are chosen by cross-validation within each training part. The method with the
    lowest RMSE on `training_10_fold` is the product's choice, and the only one that the locked
    test is shown. The parameters of every method come from the fit to all but the locked test.
    Raises WarehouseError for an unknown method or too few structures.
    """
    if unknown := [method for method in methods if method not in METHODS]:
        raise WarehouseError(
            f"there is no method {unknown[0]!r}", hint=f"use some of: {', '.join(METHODS)}"
        )
    folds = split_samples(dataset.samples)
    _refuse_too_few(dataset, folds)
    jobs = [(method, fold) for method in methods for fold in folds]
    models = run_jobs(
        lambda job: make_model(job[0], cluster_orders, seed).fit(
            dataset.X[job[1].train], dataset.y[job[1].train]
        ),
        jobs,
        f"fit cluster expansions of {dataset.name}",
        track,
    )
    fitted = list(zip(jobs, models, strict=True))
    training = {method: model for (method, fold), model in fitted if fold.split == LOCKED_SPLIT}
    choosing = [
        _predict(model, *job, dataset) for job, model in fitted if job[1].split == TRAINING_SPLIT
    ]
    selected = _select(score(pl.concat(choosing)))
    (locked,) = (fold for fold in folds if fold.split == LOCKED_SPLIT)
    in_sample = replace(locked, split="training", test=locked.train)
    predictions = pl.concat(
        [
            _predict(model, *job, dataset)
            for job, model in fitted
            if job[1].split != LOCKED_SPLIT or job[0] == selected
        ]
        + [_predict(model, method, in_sample, dataset) for method, model in training.items()]
    )
    return Results(
        study=STUDY,
        dataset=dataset,
        settings={"methods": list(methods), "seed": seed, **GRIDS},
        hyperparameters={m: read_hyperparameters(model) for m, model in training.items()},
        selected=selected,
        parameters=pl.concat([_parameters(model, m, dataset) for m, model in training.items()]),
        predictions=predictions,
        metrics=score(predictions),
    )


def score(predictions: pl.DataFrame) -> pl.DataFrame:
    """Scores of all predictions of a model and split together; see `score_predictions`."""
    return score_predictions(predictions, regression_scores(), mean_of_folds=False)


def _refuse_too_few(dataset: Dataset, folds: Sequence[Fold]) -> None:
    for fold in folds:
        if fold.train.sum() < MIN_TRAINING or not fold.test.any():
            raise WarehouseError(
                f"{dataset.name}: {len(dataset.y)} structures leave {fold.train.sum()} to train "
                f"and {fold.test.sum()} to test on in {fold.split}; wanted at least {MIN_TRAINING} "
                "and 1",
                hint="add structures to the alloy",
            )


def _k_fold(split: str, labels: NDArray[Any], among: NDArray[np.bool_]) -> Iterator[Fold]:
    """Test each label's samples once, on models of the other samples `among` those allowed."""
    for number, label in enumerate(np.unique(labels[among])):
        test = among & (labels == label)
        yield Fold(split, number, among & ~test, test)


def _predict(model: Any, method: str, fold: Fold, dataset: Dataset) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model": method,
            "split": fold.split,
            "sample_id": dataset.samples["structure_id"].filter(fold.test),
            "fold": fold.fold,
            "target": dataset.y[fold.test],
            "prediction": model.predict(dataset.X[fold.test]),
        }
    )


def _parameters(model: Any, method: str, dataset: Dataset) -> pl.DataFrame:
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
