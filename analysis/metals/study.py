"""Fits the metal / non-metal classifier and judges it on materials kept from it."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl
from sklearn.exceptions import ConvergenceWarning

from analysis.linear_models.calibration import PlattScaling
from analysis.linear_models.classifier import FittedClasses
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.parts import fit_parts
from analysis.linear_models.fits.predictions import predictions_frame, weights_frame
from analysis.linear_models.fits.verbs import tell_unfinished
from analysis.linear_models.inquiries.elements import unseen_element_jobs
from analysis.linear_models.inquiries.importance import left_out_points, shuffled_points
from analysis.linear_models.inquiries.ladder import ladder_jobs, score_rungs
from analysis.linear_models.inquiries.points import score_points
from analysis.linear_models.inquiries.references import predict_references
from analysis.linear_models.inquiries.reliability import reliability_points
from analysis.linear_models.inquiries.sweeps import part_inside, sweep_jobs
from analysis.linear_models.inquiries.weights import draws_frame, sum_points
from analysis.linear_models.kinds import CalibrationKind
from analysis.linear_models.splits import PropertyFold, PropertyParting, split_property
from analysis.metals.data import DESCRIPTORS, SETS, LabelledMaterials
from analysis.metals.inquiries import descriptor_ladder, tuning
from analysis.metals.settings import Depth, MetalsSettings
from analysis.metals.splits import join_benchmarks
from analysis.metrics import classification_scores, score_predictions
from analysis.runs.parallel import run_jobs
from analysis.runs.points import points_frame
from analysis.runs.references import REFERENCES
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

MODEL = descriptor_ladder.SELECTED
CALIBRATED = "calibrated"
KINDS = {CalibrationKind.NONE: MODEL, CalibrationKind.PLATT: CALIBRATED}
MIXED = (0.0, 0.5, 1.0), (1 / 3, 1.0, 10 / 3, 10.0)
"""Shares of L1 and strengths of the sweep of penalties."""
SHOWN = ("ClNa", "AuCu3", "KMnO2")
"""Reduced formulas of the materials that are shown through the sum."""
MANY = 50_000
"""Materials of which the rungs EXTRA_RUNGS are left to a thorough study."""
Official = Sequence[tuple[PropertyFold, FittedClasses]]
"""Official folds with the fits to their training parts."""


def run_metals_study(
    materials: LabelledMaterials,
    other: LabelledMaterials | None = None,
    energies: pl.Series | None = None,
    settings: MetalsSettings | None = None,
    track: Track = untracked,
) -> Results:
    """Fit the classifier to every training part and score what it says of the rest.

    The strength is chosen within each training part. The parameters that are kept come from a last
    fit to all materials. `energies` are formation energies per atom, NULL where unknown.
    """
    settings = settings or MetalsSettings()
    everything = ClassFits(materials.data, settings.seed, called=MODEL)
    fits = replace(everything, data=materials.product)
    parts = [(fits, fold) for fold in split_property(fits.data)]
    if other is not None:
        both, fold = join_benchmarks(materials, other)
        parts.append((replace(fits, data=both), fold))
    final, *judged = fit_parts([(fits, None), *parts], track)
    pairs = [(fold, fitted) for (_, fold), fitted in zip(parts, judged, strict=True)]
    official = [pair for pair in pairs if pair[0].parting == PropertyParting.OFFICIAL_FOLDS]
    said = [
        (own.data, kind, fold, fitted.predict(own.data.design.take(fold.test), kind))
        for (own, fold), fitted in zip(parts, judged, strict=True)
        for kind in KINDS
    ]
    predictions = [
        predictions_frame(data, KINDS[kind], fold, one[:, 1]) for data, kind, fold, one in said
    ]
    climbed = _climb(everything, official, settings, track)
    curves = reliability_points(
        MODEL,
        ((str(kind), data, fold, one) for data, kind, fold, one in said),
    )
    if energies is not None and energies.count():
        curves += descriptor_ladder.energy_rows(fits, energies, official, track)
    if settings.depth != Depth.QUICK:
        curves += _look_closer(fits, official[0], final, settings, track)
    if settings.depth == Depth.THOROUGH:
        climbed += _fit_references(everything, official[0][0], track)
    curves += sum_points(fits, final, SHOWN)
    parameters = weights_frame(fits.data, MODEL, *fits.kept(final))
    held_out, rungs = pl.concat(predictions), [one for one in climbed if one["model"] != MODEL]
    scores = score_predictions(held_out, classification_scores(), mean_of_folds=True)
    metrics = pl.concat([scores, score_rungs(rungs)])
    return Results(
        feature_space=DESCRIPTORS,
        hyperparameters=_hyperparameters(metrics, final),
        selected=MODEL,
        parameters=parameters,
        predictions=held_out,
        metrics=metrics,
        curves=points_frame([*climbed, *curves]),
        notes=tell_unfinished(fits, [final, *judged]),
        draws=draws_frame(fits, pairs, parameters),
    )


def _climb(
    everything: ClassFits, official: Official, settings: MetalsSettings, track: Track
) -> list[dict[str, Any]]:
    """Points of the rungs on every official fold."""
    is_long = settings.depth != Depth.THOROUGH and len(everything.data.y) >= MANY
    left_out = descriptor_ladder.EXTRA_RUNGS if is_long else ()
    rungs = {one: of for one, of in descriptor_ladder.RUNGS.items() if one not in left_out}
    jobs = ladder_jobs(everything, rungs, official, read=SETS, are_models=True)
    found = run_jobs(lambda job: job(), jobs, "climb the ladder of descriptors", track)
    return [point for points in found for point in points]


def _look_closer(
    fits: ClassFits,
    first: tuple[PropertyFold, FittedClasses],
    final: FittedClasses,
    settings: MetalsSettings,
    track: Track,
) -> list[dict[str, Any]]:
    """Hyperparameters, importances, learning curve; if thorough, elements never seen."""
    fold, fitted = first
    part = part_inside(fits, fold)
    ratios, swept = MIXED
    jobs: list[Callable[[], list[dict[str, Any]]]] = [
        *sweep_jobs(fits, fold, fitted.fitted.strength, tuning.SAMPLE, swept, ratios),
        *tuning.tuning_jobs(fits, *part),
        partial(shuffled_points, fits, fitted, fold, SETS),
        *(partial(left_out_points, fits, fitted, fold, one) for one in SETS),
    ]
    if settings.depth == Depth.THOROUGH:
        jobs += tuning.solver_jobs(fits, *part)
        jobs += unseen_element_jobs(fits, final.fitted.strength)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # their points tell the gradient
        found = run_jobs(lambda job: job(), jobs, "sweep hyperparameters and sets", track)
    return [point for points in found for point in points]


def _fit_references(
    everything: ClassFits, fold: PropertyFold, track: Track
) -> list[dict[str, Any]]:
    """Points of models that are not linear, beside the rungs, on one fold: they are slow."""
    data = everything.data.of_sets(("fractions", "cell", "electrons", "charges", "magpie"))
    return [
        point
        for name, _, said in predict_references(data, [fold], track)
        for point in score_points(
            ("ladder", name, name, fold.fold), data.y[fold.test], said[:, 1], part="test"
        )
    ]


def _hyperparameters(metrics: pl.DataFrame, final: FittedClasses) -> dict[str, dict[str, Any]]:
    platt = final.calibrations[CalibrationKind.PLATT]
    assert isinstance(platt, PlattScaling)
    fitted = final.fitted
    chosen: dict[str, dict[str, Any]] = {
        MODEL: {"C": 1 / fitted.strength, "gradient": fitted.gradient, "sets": list(SETS)},
        CALIBRATED: {"slope": platt.factor, "offset": float(platt.shifts[0])},
        **{name: dict(settings) for name, settings in REFERENCES.items()},
    }
    sets = {name: {"sets": list(rung.sets)} for name, rung in descriptor_ladder.RUNGS.items()}
    return {
        name: chosen[name] if name in chosen else sets[name]
        for name in metrics["model"].unique().sort()
    }
