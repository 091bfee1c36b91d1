"""The last rung: what calculated structures add, on rows of the Materials Project itself."""

from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.metals.benchmarks import Benchmark, MaterialParting
from analysis.metals.data import SETS, LabelledMaterials
from analysis.metals.inquiries.descriptor_ladder import SELECTED, Rung
from analysis.metals.inquiries.result_rows import predictions_frame, score_rows
from analysis.metals.models.classifier import FINAL_TOLERANCE, fit_classifier
from analysis.metrics import classification_scores, score_predictions
from analysis.runs.parallel import run_jobs
from analysis.runs.points import points_frame
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

PARTING = MaterialParting.FORMULA_GROUPS
STRUCTURE_RUNGS = {
    SELECTED: Rung(SETS),
    "geometry": Rung((*SETS, "geometry"), SELECTED),
    "stability": Rung((*SETS, "geometry", "stability"), "geometry"),
    "magnetism": Rung((*SETS, "geometry", "stability", "magnetism"), "stability"),
}
"""The product, and on top of it what `features.structure_descriptors` has."""


def count_live(connection: duckdb.DuckDBPyConnection) -> int:
    """Materials of the Materials Project that have a structure and a label."""
    rows = read_rows(
        connection,
        "select count(*) from staging.materials where dataset = ? "
        "and density_atomic is not null and is_metal is not null",
        [Benchmark.LIVE],
    )
    return int(rows.item())


def run_structure_study(
    materials: LabelledMaterials, seed: int = 0, track: Track = untracked
) -> Results:
    """Score each rung on the same rows and folds; formulas stay together, and C is chosen anew.

    The selected model is the product's, for it answers for any formula; its parameters are kept.
    """
    data = materials.dataset
    folds = data.samples[PARTING.fold_column].to_numpy()
    jobs = [(name, int(fold)) for name in STRUCTURE_RUNGS for fold in np.unique(folds)]
    X = {name: materials.columns(*rung.sets) for name, rung in STRUCTURE_RUNGS.items()}
    groups = materials.groups(PARTING)

    def fit(job: tuple[str, int]) -> FloatArray:
        rung, fold = job
        test = folds == fold
        fitted = fit_classifier(X[rung][~test], data.y[~test], groups[~test], seed)
        return fitted.probability(X[rung][test])

    probabilities = run_jobs(fit, jobs, "add calculated structures", track)
    rows: list[dict[str, Any]] = []
    frames = []
    for (rung, fold), probability in zip(jobs, probabilities, strict=True):
        y, samples = data.y[folds == fold], data.samples.filter(pl.Series(folds == fold))
        place = ("structure", rung, "", float(fold))
        rows += score_rows(place, y, probability, split=PARTING, part="test")
        frames.append(predictions_frame(rung, PARTING, fold, samples, y, probability))
    final = fit_classifier(X[SELECTED], data.y, groups, seed, tolerance=FINAL_TOLERANCE)
    names = np.array(data.feature_names)[np.isin(materials.sets, SETS)]
    predictions = pl.concat(frames)
    return Results(
        feature_space=data.feature_space,
        hyperparameters={
            name: {"sets": list(rung.sets)} | ({"C": final.strength} if name == SELECTED else {})
            for name, rung in STRUCTURE_RUNGS.items()
        },
        selected=SELECTED,
        parameters=pl.DataFrame(
            {
                "model": SELECTED,
                "feature": ["intercept", *names],
                "parameter": [final.intercept, *final.coefficients],
                "scale": None,
            },
            schema_overrides={"scale": pl.Float64},
        ),
        predictions=predictions,
        metrics=score_predictions(predictions, classification_scores(), mean_of_folds=True),
        curves=points_frame(rows),
    )
