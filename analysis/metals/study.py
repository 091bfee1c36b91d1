"""Fits the metal / non-metal classifier and judges it on materials kept from it."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from analysis.datasets import FloatArray
from analysis.metals.benchmarks import MaterialParting
from analysis.metals.data import SETS, LabelledMaterials
from analysis.metals.inquiries import (
    descriptor_ladder,
    generalisation,
    importance,
    references,
    tuning,
)
from analysis.metals.inquiries.result_rows import predictions_frame, score_rows
from analysis.metals.models.classifier import FINAL_TOLERANCE, MANY, Classifier, fit_classifier
from analysis.metals.settings import Depth, MetalsSettings
from analysis.metals.splits import MaterialFold, split_materials
from analysis.metrics import classification_scores, score_predictions
from analysis.runs.parallel import run_jobs
from analysis.runs.points import points_frame
from analysis.runs.references import REFERENCES
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

MODEL = descriptor_ladder.SELECTED
CALIBRATED = "calibrated"


def run_metals_study(
    materials: LabelledMaterials,
    other: LabelledMaterials | None = None,
    energies: pl.Series | None = None,
    settings: MetalsSettings | None = None,
    track: Track = untracked,
) -> Results:
    """Fit the classifier to every training part and score what it says of the rest.

    C is chosen within each training part. The parameters that are kept come from a last fit
    to all materials. `energies` are formation energies per atom, NULL where unknown.
    """
    settings = settings or MetalsSettings()
    data, seed = materials.dataset, settings.seed
    folds = split_materials(materials, other)
    final, *judged = run_jobs(
        lambda fold: _fit_fold(materials, fold, seed),
        [None, *folds],
        f"fit metals in {data.name}",
        track,
    )
    official = [
        (fold, classifier)
        for fold, classifier in zip(folds, judged, strict=True)
        if fold.split == MaterialParting.OFFICIAL_FOLDS
    ]
    predictions = [
        frame
        for fold, classifier in zip(folds, judged, strict=True)
        for frame in _predict(classifier, fold)
    ]
    curves, rungs = _climb(materials, energies, official, settings, track)
    if settings.depth != Depth.QUICK:
        curves += _look_closer(materials, official[0], final, settings, track)
    if settings.depth == Depth.THOROUGH:
        rows, frames = _fit_references(materials, official[0][0], track)
        curves, rungs = curves + rows, rungs + frames
    scored = pl.concat([*predictions, *rungs])
    return Results(
        feature_space=data.feature_space,
        hyperparameters=_hyperparameters(scored, final),
        selected=MODEL,
        parameters=_parameters(materials, final),
        predictions=pl.concat(predictions),
        metrics=score_predictions(scored, classification_scores(), mean_of_folds=True),
        curves=points_frame(curves),
        draws=importance.draws_frame(materials, MODEL, [fitted for _, fitted in official]),
    )


def _fit_fold(materials: LabelledMaterials, fold: MaterialFold | None, seed: int) -> Classifier:
    """The classifier of a fold's training part; without a fold, of all materials."""
    X, y = materials.dataset.X, materials.dataset.y
    if fold is None:
        formulas = materials.groups(MaterialParting.FORMULA_GROUPS)
        return fit_classifier(X, y, formulas, seed, tolerance=FINAL_TOLERANCE)
    if fold.columns is not None:
        from scipy.sparse import diags

        X = X @ diags(fold.columns.astype(X.dtype))
    groups = materials.groups(fold.split)
    return fit_classifier(X, y, groups, seed, rows=np.flatnonzero(fold.train))


def _predict(classifier: Classifier, fold: MaterialFold) -> list[pl.DataFrame]:
    rows = {MODEL: classifier.probability, CALIBRATED: classifier.calibrated}
    return [
        predictions_frame(
            model, fold.split, fold.fold, fold.samples, fold.y_test, probability(fold.X_test)
        )
        for model, probability in rows.items()
    ]


def _test_rows(materials: LabelledMaterials, fold: MaterialFold) -> NDArray[np.bool_]:
    return (materials.dataset.samples["official_fold"] == fold.fold).fill_null(False).to_numpy()


def _climb(
    materials: LabelledMaterials,
    energies: pl.Series | None,
    official: Sequence[tuple[MaterialFold, Classifier]],
    settings: MetalsSettings,
    track: Track,
) -> tuple[list[dict[str, Any]], list[pl.DataFrame]]:
    """Scores of the rungs on every official fold, and the predictions behind them."""
    strengths = {fold.fold: classifier.strength for fold, classifier in official}
    left_out = {MODEL}
    if "cell" not in materials.sets:
        left_out.add("formula_alone")  # it is the product
    if settings.depth != Depth.THOROUGH and len(materials.dataset.y) >= MANY:
        left_out.update(descriptor_ladder.EXTRA_RUNGS)
    others = [rung for rung in descriptor_ladder.RUNGS if rung not in left_out]
    jobs = [(rung, fold) for rung in others for fold, _ in official]

    def fit(job: tuple[str, MaterialFold]) -> FloatArray:
        rung, fold = job
        test = _test_rows(materials, fold)
        return descriptor_ladder.fit_rung(
            materials, rung, fold.train, test, strengths[fold.fold], settings.seed
        )

    probabilities = run_jobs(fit, jobs, "climb the ladder of descriptors", track)
    done = [
        *zip(jobs, probabilities, strict=True),
        *(((MODEL, fold), classifier.probability(fold.X_test)) for fold, classifier in official),
    ]
    rows, frames = [], []
    for (rung, fold), probability in done:
        place = ("ladder", rung, "", fold.fold)
        rows += score_rows(place, fold.y_test, probability, part="test")
        if rung != MODEL:
            frames.append(
                predictions_frame(
                    rung, fold.split, fold.fold, fold.samples, fold.y_test, probability
                )
            )
    if energies is not None and energies.count():
        fitted = {fold.fold: classifier for fold, classifier in official}
        rows += descriptor_ladder.energy_rows(materials, energies, fitted, track)
    return rows, frames


def _look_closer(
    materials: LabelledMaterials,
    first: tuple[MaterialFold, Classifier],
    final: Classifier,
    settings: MetalsSettings,
    track: Track,
) -> list[dict[str, Any]]:
    """Hyperparameters, importances, learning curve; if thorough, elements never seen."""
    fold, classifier = first
    test = _test_rows(materials, fold)
    part = tuning.split_part(materials, settings.seed)
    few = tuning.sample_part(part, settings.seed)
    jobs = [
        *tuning.tuning_jobs(part, few),
        *importance.importance_jobs(materials, classifier, fold.train, test),
        *generalisation.learning_jobs(materials, classifier, fold.train, test),
    ]
    if settings.depth == Depth.THOROUGH:
        jobs += tuning.solver_jobs(few)
        jobs += generalisation.element_jobs(materials, final.strength)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # their points tell the gradient
        found = run_jobs(lambda job: job(), jobs, "sweep hyperparameters and sets", track)
    return [row for rows in found for row in rows]


def _fit_references(
    materials: LabelledMaterials, fold: MaterialFold, track: Track
) -> tuple[list[dict[str, Any]], list[pl.DataFrame]]:
    """Scores and predictions of models that are not linear, on one fold: they are slow."""
    X, y = references.dense_features(materials), materials.dataset.y
    test = _test_rows(materials, fold)
    probabilities = run_jobs(
        lambda name: references.predict_by_reference(name, X, y, fold.train, test),
        list(REFERENCES),
        "fit models for comparison",
        track,
    )
    rows, frames = [], []
    for name, probability in zip(REFERENCES, probabilities, strict=True):
        place = ("ladder", name, "", fold.fold)
        rows += score_rows(place, fold.y_test, probability, part="test")
        frames.append(
            predictions_frame(name, fold.split, fold.fold, fold.samples, fold.y_test, probability)
        )
    return rows, frames


def _hyperparameters(scored: pl.DataFrame, final: Classifier) -> dict[str, dict[str, Any]]:
    chosen: dict[str, dict[str, Any]] = {
        MODEL: {"C": final.strength, "gradient": final.gradient, "sets": list(SETS)},
        CALIBRATED: {"slope": final.slope, "offset": final.offset},
        **{name: dict(settings) for name, settings in REFERENCES.items()},
    }
    sets = {name: {"sets": list(rung.sets)} for name, rung in descriptor_ladder.RUNGS.items()}
    return {
        name: chosen[name] if name in chosen else sets[name]
        for name in scored["model"].unique().sort()
    }


def _parameters(materials: LabelledMaterials, final: Classifier) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model": MODEL,
            "feature": ["intercept", *materials.dataset.feature_names],
            "parameter": np.concatenate([[final.intercept], final.coefficients]),
            "scale": [None, *tuning.deviations(materials.dataset.X)],
        }
    )
