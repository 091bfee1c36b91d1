"""The last rung: what calculated structures add, on rows of the Materials Project itself."""

from typing import Any

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.parts import fit_parts
from analysis.linear_models.fits.predictions import predictions_frame, weights_frame
from analysis.linear_models.inquiries.ladder import Rung, ladder_jobs, score_rungs
from analysis.linear_models.splits import PropertyParting, split_property
from analysis.metals.benchmarks import Benchmark
from analysis.metals.data import DESCRIPTORS, SETS, LabelledMaterials
from analysis.metals.inquiries.descriptor_ladder import SELECTED
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
    product = fits.of_sets(SETS)
    folds = [fold for fold in split_property(materials.data) if fold.parting == PARTING]
    final, *fitted = fit_parts([(product, fold) for fold in (None, *folds)], track)
    judged = list(zip(folds, fitted, strict=True))
    options: dict[str, Any] = {"read": SETS, "curve": "structure", "are_models": True}
    jobs = ladder_jobs(fits, STRUCTURE_RUNGS, judged, **options)
    found = run_jobs(lambda job: job(), jobs, "add calculated structures", track)
    points = [point for of_job in found for point in of_job]
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
        predictions=pl.concat(
            predictions_frame(product.data, SELECTED, fold, product.say(fit, fold.test))
            for fold, fit in judged
        ),
        metrics=score_rungs(points),
        curves=points_frame(points),
    )
