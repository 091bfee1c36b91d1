"""Fits the metal / non-metal classifier and judges it on materials kept from it."""

from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import Dataset, FloatArray, read_lineage, read_samples
from analysis.metals.models import STRENGTHS, choose_strength, make_classifier, natural_coefficients
from analysis.metrics import classification_scores, score_predictions
from analysis.parallel import run_jobs
from analysis.results import Results
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked

STUDY = "metals"
MART = "marts.metal_training"
MODEL = "logistic_regression"
BENCHMARKS = ("matbench_mp_is_metal", "matbench_expt_is_metal")
SPLITS = {
    "official_folds": "official_fold",
    "formula_groups": "formula_group_fold",
}
"""Splits by name, and the column of the mart that numbers their folds."""

_STATISTICS = ("minimum", "maximum", "range", "mean", "average_deviation", "mode")


def read_dataset(connection: duckdb.DuckDBPyConnection, benchmark: str) -> Dataset:
    """Magpie features and element fractions of the materials of `benchmark`.

    Raises WarehouseError if it has no rows, only one class, or a feature without a value.
    """
    rows = read_samples(
        connection,
        f"select * from {MART} where dataset = ? order by material_id",
        [benchmark],
        missing=f"{MART} has no materials of {benchmark}",
    )
    if rows["is_metal"].n_unique() < 2:
        raise WarehouseError(
            f"{benchmark}: all {rows.height} materials have the label "
            f"{'metal' if rows['is_metal'][0] else 'non-metal'}; wanted both",
            hint="ingest a data set with metals and non-metals",
        )
    magpie = [name for name in rows.columns if name.startswith(_STATISTICS)]
    without = rows.filter(pl.any_horizontal(pl.col(magpie).is_null()))
    if without.height:
        raise WarehouseError(
            f"{benchmark}: {without.height} materials lack Magpie features, "
            f"the first is {without['formula'][0]}",
            hint="ingest their elements' properties, or quarantine these materials",
        )
    fractions, elements = element_fractions(rows)
    return Dataset(
        name=benchmark,
        feature_space=MART,
        X=np.hstack([rows.select(magpie).to_numpy(), fractions]),
        y=rows["is_metal"].cast(pl.Float64).to_numpy(),
        feature_names=(*magpie, *(f"fraction_{element}" for element in elements)),
        samples=rows.select("material_id", "formula", "reduced_formula", *SPLITS.values()),
        lineage=read_lineage(connection, MART),
    )


def element_fractions(rows: pl.DataFrame) -> tuple[FloatArray, list[str]]:
    """Spread the lists `elements` and `atomic_fractions` into one column per element.

    Returns the fractions, shape (n_materials, n_elements), and the elements' symbols.
    """
    entries = (
        rows.select("elements", "atomic_fractions")
        .with_row_index("row")
        .explode("elements", "atomic_fractions")
    )
    elements = entries["elements"].unique().sort()
    columns = entries["elements"].replace_strict(
        elements, pl.Series(range(len(elements))), return_dtype=pl.Int64
    )
    fractions = np.zeros((rows.height, len(elements)))
    fractions[entries["row"].to_numpy(), columns.to_numpy()] = entries[
        "atomic_fractions"
    ].to_numpy()
    return fractions, elements.to_list()


def run_study(dataset: Dataset, seed: int = 0, track: Track = untracked) -> Results:
    """Fit the classifier to every training part and score what it says of the rest.

    C is chosen within each training part. The parameters that are kept come from a last fit
    to all materials.
    """
    groups = dataset.samples["reduced_formula"].to_numpy()
    jobs = [
        (split, fold)
        for split, column in SPLITS.items()
        for fold in dataset.samples[column].drop_nulls().unique().sort()
    ]

    def predict_fold(job: tuple[str, int]) -> pl.DataFrame:
        split, fold = job
        test = (dataset.samples[SPLITS[split]] == fold).to_numpy()
        classifier, _ = _fit(dataset.X[~test], dataset.y[~test], groups[~test], seed)
        return pl.DataFrame(
            {
                "model": MODEL,
                "split": split,
                "sample_id": dataset.samples["material_id"].filter(test),
                "fold": fold,
                "target": dataset.y[test],
                "prediction": classifier.predict_proba(dataset.X[test])[:, 1],
            }
        )

    predictions = pl.concat(run_jobs(predict_fold, jobs, f"fit metals in {dataset.name}", track))
    classifier, strength = _fit(dataset.X, dataset.y, groups, seed)
    coefficients, scales, intercept = natural_coefficients(classifier)
    return Results(
        study=STUDY,
        dataset=dataset,
        settings={"seed": seed, "strengths": list(STRENGTHS)},
        hyperparameters={MODEL: {"C": strength}},
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


def _fit(X: FloatArray, y: FloatArray, groups: NDArray[Any], seed: int) -> tuple[Any, float]:
    """Fit a classifier with a C that is chosen within `X`; return both."""
    strength = choose_strength(X, y, groups, seed)
    return make_classifier(strength).fit(X, y), strength
