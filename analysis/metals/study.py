"""Fits the metal / non-metal classifier and judges it on materials kept from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from analysis.datasets import Dataset, FloatArray, read_lineage, read_rows, read_samples
from analysis.metals.models import STRENGTHS, TOLERANCE, fit_classifier, natural_coefficients
from analysis.metrics import classification_scores, score_predictions
from analysis.parallel import run_jobs
from analysis.results import Results
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked

STUDY = "metals"
MART = "marts.metal_training"
MODEL = "logistic_regression"
CALCULATED, MEASURED = "matbench_mp_is_metal", "matbench_expt_is_metal"
BENCHMARKS = (CALCULATED, MEASURED)
SPLITS = {
    "official_folds": "official_fold",
    "formula_groups": "formula_group_fold",
    "chemical_system_groups": "chemical_system_group_fold",
}
"""Splits by name, and the column of the mart that numbers their folds."""
EXPERIMENT = "experiment"
"""The split that trains on all calculated labels and tests on measured ones; it leaves formulas
that were measured out of the training."""

_STATISTICS = ("minimum", "maximum", "range", "mean", "average_deviation", "mode")


@dataclass(frozen=True)
class Fold:
    """Rows of a data set to train on, shape (n_samples,), and samples to test."""

    split: str
    fold: int
    train: NDArray[np.bool_]
    tested: Dataset
    test: NDArray[np.bool_]


def read_dataset(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Dataset:
    """Magpie features and element fractions of the materials of `benchmark`.

    All benchmarks have the same columns. Raises WarehouseError if there are no rows, only one
    class, or a feature without a value.
    """
    rows = read_samples(
        connection,
        f"select * from {MART} where dataset = ? order by material_id",
        [benchmark],
        missing=f"{MART} has no materials of {benchmark}",
        choices=f"select distinct dataset from {MART} order by all",
    )
    magpie = [name for name in rows.columns if name.startswith(_STATISTICS)]
    _refuse_unfit(benchmark, rows, magpie)
    elements = read_rows(connection, f"select distinct unnest(elements) from {MART} order by all")
    symbols = elements.to_series().to_list()
    return Dataset(
        name=benchmark,
        feature_space=MART,
        X=np.hstack([rows.select(magpie).to_numpy(), element_fractions(rows, symbols)]),
        y=rows["is_metal"].cast(pl.Float64).to_numpy(),
        feature_names=(*magpie, *(f"fraction_{symbol}" for symbol in symbols)),
        samples=rows.select("material_id", "formula", "reduced_formula", *SPLITS.values()),
        lineage=read_lineage(connection, MART),
    )


def element_fractions(rows: pl.DataFrame, symbols: Sequence[str]) -> FloatArray:
    """Spread the lists `elements` and `atomic_fractions` of `rows` into one column per symbol.

    Returns shape (n_materials, n_symbols).
    """
    entries = (
        rows.select("elements", "atomic_fractions")
        .with_row_index("row")
        .explode("elements", "atomic_fractions")
    )
    columns = entries["elements"].replace_strict(
        symbols, range(len(symbols)), return_dtype=pl.Int64
    )
    fractions = np.zeros((rows.height, len(symbols)))
    places = entries["row"].to_numpy(), columns.to_numpy()
    fractions[places] = entries["atomic_fractions"].to_numpy()
    return fractions


def split_samples(dataset: Dataset, measured: Dataset | None) -> list[Fold]:
    """Every way in which the study parts the samples, with `measured` ones as the last test."""
    folds = []
    for split, column in SPLITS.items():
        labels = dataset.samples[column]
        for label in labels.drop_nulls().unique().sort():
            test = (labels == label).fill_null(False).to_numpy()
            folds.append(Fold(split, label, ~test, dataset, test))
    if measured is not None:
        shared = dataset.samples["reduced_formula"].is_in(
            measured.samples["reduced_formula"].unique().to_list()
        )
        everything = np.ones(len(measured.y), dtype=bool)
        folds.append(Fold(EXPERIMENT, 0, ~shared.to_numpy(), measured, everything))
    return folds


def run_study(
    dataset: Dataset, measured: Dataset | None = None, seed: int = 0, track: Track = untracked
) -> Results:
    """Fit the classifier to every training part and score what it says of the rest.

    C is chosen within each training part. The parameters that are kept come from a last fit
    to all materials of `dataset`.
    """
    groups = dataset.samples["reduced_formula"].to_numpy()
    folds = split_samples(dataset, measured)
    everything = np.ones(len(dataset.y), dtype=bool)
    *judged, classifier = run_jobs(
        lambda train: fit_classifier(dataset.X[train], dataset.y[train], groups[train], seed),
        [*(fold.train for fold in folds), everything],
        f"fit metals in {dataset.name}",
        track,
    )
    predictions = pl.concat(map(_predict, judged, folds))
    coefficients, scales, intercept = natural_coefficients(classifier)
    return Results(
        study=STUDY,
        dataset=dataset,
        settings={"seed": seed, "strengths": list(STRENGTHS), "tolerance": TOLERANCE},
        hyperparameters={MODEL: {"C": float(classifier[-1].C_)}},
        selected=MODEL,
        parameters=pl.DataFrame(
            {
                "model": MODEL,
                "feature": ["intercept", *dataset.feature_names],
                "parameter": np.concatenate([[intercept], coefficients]),
                "scale": [None, *scales],
            }
        ),
        predictions=predictions,
        metrics=score_predictions(predictions, classification_scores(), mean_of_folds=True),
    )


def _predict(classifier: Pipeline, fold: Fold) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model": MODEL,
            "split": fold.split,
            "sample_id": fold.tested.samples["material_id"].filter(fold.test),
            "fold": fold.fold,
            "target": fold.tested.y[fold.test],
            "prediction": classifier.predict_proba(fold.tested.X[fold.test])[:, 1],
        }
    )


def _refuse_unfit(benchmark: str, rows: pl.DataFrame, features: list[str]) -> None:
    if rows["is_metal"].n_unique() < 2:
        raise WarehouseError(
            f"{benchmark}: all {rows.height} materials have the label "
            f"{'metal' if rows['is_metal'][0] else 'non-metal'}; wanted both",
            hint="ingest a data set with metals and non-metals",
        )
    without = rows.filter(pl.any_horizontal(pl.col(features).is_null()))
    if without.height:
        raise WarehouseError(
            f"{benchmark}: {without.height} materials lack Magpie features, "
            f"the first is {without['formula'][0]}",
            hint="ingest their elements' properties, or quarantine these materials",
        )
