"""The last rung: what calculated structures add, on rows of the Materials Project itself."""

from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.metals.data import SETS, SPLITS, Materials
from analysis.metals.inquiries import ladder
from analysis.metals.inquiries.curves import score_rows, to_frame
from analysis.metals.inquiries.honesty import predictions_frame
from analysis.metals.models.classifier import FINAL_TOLERANCE, fit_classifier
from analysis.metrics import classification_scores, score_predictions
from analysis.parallel import run_jobs
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

LIVE = "materials_project_is_metal"
SPLIT = "formula_groups"
RUNGS: dict[str, tuple[str, ...]] = {
    ladder.SELECTED: SETS,
    "geometry": (*SETS, "geometry"),
    "stability": (*SETS, "geometry", "stability"),
    "magnetism": (*SETS, "geometry", "stability", "magnetism"),
}
"""Sets of descriptors of each model: the product's, and on top what `structure_descriptors` has."""


def count_live(connection: duckdb.DuckDBPyConnection) -> int:
    """Materials of the Materials Project that have a structure and a label."""
    rows = read_rows(
        connection,
        "select count(*) from staging.materials where source || '_is_metal' = ? "
        "and density_atomic is not null and is_metal is not null",
        [LIVE],
    )
    return int(rows.item())


def run_live_study(materials: Materials, seed: int = 0, track: Track = untracked) -> Results:
    """Score each rung on the same rows and folds; formulas stay together, and C is chosen anew.

    The selected model is the product's, for it answers for any formula; its parameters are kept.
    """
    data = materials.dataset
    folds = data.samples[SPLITS[SPLIT]].to_numpy()
    jobs = [(rung, int(fold)) for rung in RUNGS for fold in np.unique(folds)]
    X = {rung: materials.columns(*sets) for rung, sets in RUNGS.items()}
    groups = materials.groups(SPLIT)

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
        rows += score_rows(place, y, probability, split=SPLIT, part="test")
        frames.append(predictions_frame(rung, SPLIT, fold, samples, y, probability))
    final = fit_classifier(X[ladder.SELECTED], data.y, groups, seed, tolerance=FINAL_TOLERANCE)
    names = np.array(data.feature_names)[np.isin(materials.sets, SETS)]
    predictions = pl.concat(frames)
    return Results(
        feature_space=data.feature_space,
        hyperparameters={
            rung: {"sets": list(sets)} | ({"C": final.strength} if sets == SETS else {})
            for rung, sets in RUNGS.items()
        },
        selected=ladder.SELECTED,
        parameters=pl.DataFrame(
            {
                "model": ladder.SELECTED,
                "feature": ["intercept", *names],
                "parameter": [final.intercept, *final.coefficients],
                "scale": None,
            },
            schema_overrides={"scale": pl.Float64},
        ),
        predictions=predictions,
        metrics=score_predictions(predictions, classification_scores(), mean_of_folds=True),
        curves=to_frame(rows),
    )
