"""The last rung: what calculated structures add, on rows of the Materials Project itself."""

from typing import Any

import duckdb
import numpy as np
import polars as pl

from analysis.datasets import FloatArray, read_rows
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.predictions import predictions_frame, weights_frame
from analysis.linear_models.inquiries.points import score_points
from analysis.linear_models.splits import PropertyFold, PropertyParting, split_property
from analysis.metals.benchmarks import Benchmark
from analysis.metals.data import DESCRIPTORS, SETS, LabelledMaterials
from analysis.metals.inquiries.descriptor_ladder import SELECTED, Rung
from analysis.metrics import classification_scores, score_predictions
from analysis.runs.parallel import run_jobs
from analysis.runs.points import points_frame
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

PARTING = PropertyParting.FORMULA_GROUPS
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
    fits = ClassFits(materials.data, seed, called=SELECTED)
    folds = [fold for fold in split_property(materials.data) if fold.parting == PARTING]
    jobs = [(name, fold) for name in STRUCTURE_RUNGS for fold in folds]

    def fit(job: tuple[str, PropertyFold]) -> FloatArray:
        rung, fold = job
        own = fits.of_sets(STRUCTURE_RUNGS[rung].sets)
        return own.say(own.choose(fold.train, PARTING.keeps), fold.test)

    probabilities = run_jobs(fit, jobs, "add calculated structures", track)
    rows: list[dict[str, Any]] = []
    frames = []
    for (rung, fold), probability in zip(jobs, probabilities, strict=True):
        place = ("structure", rung, "", float(fold.fold))
        y = materials.data.y[fold.test]
        rows += score_points(place, y, probability, split=PARTING, part="test")
        frames.append(predictions_frame(materials.data, rung, fold, probability))
    product = fits.of_sets(SETS)
    final = product.choose(np.arange(len(materials.data.y)), PARTING.keeps, is_kept=True)
    predictions = pl.concat(frames)
    return Results(
        feature_space=DESCRIPTORS,
        hyperparameters={
            name: {"sets": list(rung.sets)}
            | ({"C": 1 / final.fitted.strength} if name == SELECTED else {})
            for name, rung in STRUCTURE_RUNGS.items()
        },
        selected=SELECTED,
        parameters=weights_frame(
            product.data, SELECTED, final.fitted.weights, final.fitted.intercepts
        ),
        predictions=predictions,
        metrics=score_predictions(predictions, classification_scores(), mean_of_folds=True),
        curves=points_frame(rows),
    )
