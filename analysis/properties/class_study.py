"""Fits logistic models of classes and judges them on samples kept from them."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.linear_models.calibration import IsotonicSteps
from analysis.linear_models.classifier import FittedClasses
from analysis.linear_models.data import PropertyData
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.parts import fit_parts
from analysis.linear_models.fits.predictions import predictions_frame, weights_frame
from analysis.linear_models.fits.verbs import tell_unfinished
from analysis.linear_models.inquiries.groups import group_points
from analysis.linear_models.inquiries.references import predict_references
from analysis.linear_models.inquiries.reliability import reliability_points
from analysis.linear_models.inquiries.weights import draws_frame
from analysis.linear_models.kinds import CalibrationKind
from analysis.linear_models.scores.baselines import tell_no_better
from analysis.linear_models.scores.classes import (
    CLASS_SCORES,
    WEIGHTED_CLASS_SCORES,
    ClassScore,
    weigh_alike,
)
from analysis.linear_models.splits import (
    PropertyFold,
    headline,
    list_left_out,
    split_property,
    take_headline,
)
from analysis.properties.inquiries.curves import draw_curves
from analysis.runs.points import points_frame
from analysis.runs.references import REFERENCES
from analysis.runs.results import Results
from warehouse.progress import Track

ALIKE, FREQUENT = "alike", "frequent"
CALIBRATED = {
    CalibrationKind.NONE: "uncalibrated",
    CalibrationKind.PLATT: "platt",
    CalibrationKind.ISOTONIC: "isotonic",
}
"""What the model is called with each calibration that was not asked for."""
BETTER = {"balanced_accuracy": float.__gt__, "log_loss": float.__lt__}
"""Scores that tell whether the model is better than FREQUENT."""
SAME = FREQUENT, "the shares of the classes in training"
Said = tuple[str, PropertyFold, FloatArray]
"""Name of a model, a fold, and the probabilities of its test samples, (n_test, n_classes)."""


def run_class_study(fits: ClassFits, track: Track, is_thorough: bool) -> Results:
    """Fit to every training part, score what the fits say of the rest, and sweep what was chosen.

    Strengths are chosen within each training part, and calibrations learned there. The parameters
    that are kept come from a last fit to all samples.
    """
    data = fits.data
    folds = split_property(data)

    final, *fitted = fit_parts([(fits, fold) for fold in (None, *folds)], track)
    said = [one for fold, fit in zip(folds, fitted, strict=True) for one in _judge(fits, fold, fit)]
    main = take_headline(data, folds, fitted)
    main_folds = [fold for fold, _ in main]
    references = predict_references(data, main_folds, track) if is_thorough else []
    others = {kind: name for kind, name in CALIBRATED.items() if kind != fits.calibration}
    parameters = _parameters(fits, final)
    metrics = _scores(data, [*said, *references])
    notes = (
        *(*data.notes, *tell_unfinished(fits, [final, *fitted])),
        *(
            one
            for metric, is_better in BETTER.items()
            for one in tell_no_better(metrics, fits.model, SAME, metric, is_better)
        ),
    )
    kinds = {fits.model: fits.calibration} | {name: kind for kind, name in others.items()}
    trusted = [
        (str(kinds[model]), data, fold, one)
        for model, fold, one in said
        if model in kinds and fold.parting == headline(data)
    ]
    points = [*group_points(fits, folds, fitted), *reliability_points(fits.model, trusted)]
    return Results(
        feature_space="descriptors of formulas",
        hyperparameters={
            fits.model: _hyperparameters(fits, final) | {"notes": list(notes)},
            **{name: {"of": fits.model} for name in (ALIKE, *others.values())},
            FREQUENT: {},
            **(REFERENCES if is_thorough else {}),
        },
        selected=fits.model,
        parameters=parameters,
        predictions=pl.concat(
            [
                _predictions(data, *one)
                for one in [*said, *references]
                if one[0] not in (ALIKE, FREQUENT, *others.values())
            ]
        ),
        metrics=metrics,
        curves=pl.concat(
            [
                draw_curves(fits, main, final, track, is_thorough=is_thorough),
                points_frame(points),
            ]
        ),
        draws=draws_frame(fits, zip(folds, fitted, strict=True), parameters),
        left_out_splits=list_left_out(data, folds),
        left_out_structures=data.left_out,
        notes=notes,
    )


def _hyperparameters(fits: ClassFits, final: FittedClasses) -> dict[str, Any]:
    steps = final.calibrations[CalibrationKind.ISOTONIC]
    assert isinstance(steps, IsotonicSteps)
    is_isotonic = fits.calibration == CalibrationKind.ISOTONIC
    return {
        "strength": final.fitted.strength,
        "l1_ratio": final.l1_ratio,
        "unit": "1",
        "classes": list(fits.data.classes),
        "shares": final.shares.tolist(),
        "calibration": str(fits.calibration),
        **({"isotonic": steps.as_record()} if is_isotonic else {}),
        **fits.data.record(),
    }


def _judge(fits: ClassFits, fold: PropertyFold, fit: FittedClasses) -> Iterator[Said]:
    """What the product says of the test samples, with classes weighed alike, and the baseline.

    Beside it stands what it would say with the other calibrations.
    """
    tested = fits.data.design.take(fold.test)
    said = {kind: fit.predict(tested, kind) for kind in CALIBRATED}
    own = said.pop(fits.calibration)
    yield fits.model, fold, own
    yield ALIKE, fold, weigh_alike(own, fit.shares)
    yield FREQUENT, fold, np.tile(fit.shares, (len(own), 1))
    for kind, other in said.items():
        yield CALIBRATED[kind], fold, other


def _predictions(
    data: PropertyData, model: str, fold: PropertyFold, said: FloatArray
) -> pl.DataFrame:
    """Rows of `predictions`: one for each test sample and class."""
    return pl.concat(
        predictions_frame(data, model, fold, said[:, place]).with_columns(
            label=pl.lit(label), target=pl.Series(data.labels[fold.test] == place).cast(pl.Float64)
        )
        for place, label in enumerate(data.classes)
    )


def _scores(data: PropertyData, judged: list[Said]) -> pl.DataFrame:
    """Rows of `metrics`: means over the folds of each split."""
    rows = [
        {
            "model": model,
            "split": str(fold.parting),
            "metric": metric,
            "value": score(data.labels[fold.test], said),
            "unit": "1",
            "n": len(fold.test),
        }
        for model, fold, said in judged
        for metric, score in _scores_of(data, fold).items()
    ]
    key = ("model", "split", "metric", "unit")
    return (
        pl.DataFrame(rows)
        .with_columns(pl.col("value").fill_nan(None))
        .group_by(key, maintain_order=True)
        .agg(pl.col("value").mean(), std=pl.col("value").std(), n=pl.col("n").sum())
    )


def _scores_of(data: PropertyData, fold: PropertyFold) -> Mapping[str, ClassScore]:
    """All scores of a fold, those with weights among them if the samples have some."""
    if "weight" not in data.samples.columns:
        return CLASS_SCORES
    weights = data.counts[fold.test]
    weighted: dict[str, ClassScore] = {
        name: partial(score, weights=weights) for name, score in WEIGHTED_CLASS_SCORES.items()
    }
    return {**CLASS_SCORES, **weighted}


def _parameters(fits: ClassFits, final: FittedClasses) -> pl.DataFrame:
    """Rows of `model_parameters`."""
    weights, intercepts = fits.kept(final)
    labels = fits.data.classes if weights.shape[1] > 1 else fits.data.classes[1:]
    return weights_frame(fits.data, fits.model, weights, intercepts, labels)
