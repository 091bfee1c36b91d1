"""Fits linear models of a property and judges them on samples kept from them."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from sklearn.exceptions import ConvergenceWarning

from analysis.linear_models.data import PropertyData
from analysis.linear_models.fits.classes import ClassFits
from analysis.linear_models.fits.numbers import NumberFits
from analysis.linear_models.fits.parts import fit_parts
from analysis.linear_models.fits.predictions import predictions_frame, weights_frame
from analysis.linear_models.fits.verbs import tell_unfinished
from analysis.linear_models.inquiries.groups import group_points
from analysis.linear_models.inquiries.references import predict_references, settings_of_references
from analysis.linear_models.inquiries.weights import draws_frame
from analysis.linear_models.kinds import CalibrationKind, NumberMethod
from analysis.linear_models.product import FittedProperty
from analysis.linear_models.scores.baselines import tell_no_better
from analysis.linear_models.scores.numbers import (
    MEDIAN,
    property_scores,
    quantile_scores,
    weighted_scores,
)
from analysis.linear_models.splits import (
    PropertyFold,
    headline,
    list_left_out,
    split_property,
    take_headline,
)
from analysis.metrics import Score, score_predictions
from analysis.properties.class_study import run_class_study
from analysis.properties.inquiries.coverage import coverage_points, coverage_scores
from analysis.properties.inquiries.curves import draw_curves
from analysis.properties.settings import PropertySettings
from analysis.runs.points import points_frame
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

MEDIAN_MODEL, SAME_QUANTILE = "median", "same_quantile"
FEW_BELOW = 0.05
"""Samples below 0, to those that are 0: so few look like noise."""
SAME = {
    MEDIAN_MODEL: "the median of training",
    SAME_QUANTILE: "that quantile of training",
}
"""Words for them."""


def run_property_study(
    data: PropertyData, settings: PropertySettings, track: Track = untracked
) -> Results:
    """Fit to every training part, score what the fits say of the rest, and sweep what was chosen.

    Strengths are chosen within each training part. The parameters that are kept come from a last
    fit to all samples.
    """
    shared = settings.seed, settings.mixing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # Said of the fits that are kept.
        if data.classes:
            calibration = CalibrationKind(settings.calibration)
            classes = ClassFits(data, *shared, settings.class_method, calibration)
            return run_class_study(classes, track, settings.is_thorough)
        fits = NumberFits(data, *shared, settings.number_method, settings.quantile)
        return _run_number_study(fits, track, is_thorough=settings.is_thorough)


def _run_number_study(fits: NumberFits, track: Track, *, is_thorough: bool) -> Results:
    data = fits.data
    folds = split_property(data)
    final, *judged = fit_parts([(fits, fold) for fold in (None, *folds)], track)
    main = take_headline(data, folds, judged)
    main_folds = [fold for fold, _ in main]
    other = _other(fits)
    others = fit_parts([(other, fold) for fold in main_folds], track)
    base, say_same = _baseline(fits)
    said = [
        *((base, fold, np.full(len(fold.test), say_same(fold))) for fold in folds),
        *(
            (other.model, fold, fit.predict(data.design.take(fold.test)))
            for fold, fit in zip(main_folds, others, strict=True)
        ),
        *(predict_references(data, main_folds, track, fits.quantile) if is_thorough else ()),
    ]
    tested = pl.concat([_test(fits, fold, fit) for fold, fit in zip(folds, judged, strict=True)])
    predictions = pl.concat(
        [
            tested.drop("error", "width", "overall"),
            *(predictions_frame(data, *one) for one in said),
        ]
    )
    curves = [
        draw_curves(fits, main, final, track, is_thorough=is_thorough),
        points_frame(group_points(fits, folds, judged)),
    ]
    scores = [score_predictions(predictions, _scores(fits), mean_of_folds=True)]
    if fits.quantile == MEDIAN:
        curves.append(points_frame(coverage_points(tested, str(headline(data)))))
        scores.append(coverage_scores(tested, data.unit))
    if "weight" in data.samples.columns:
        weights = data.samples.select("sample_id", "weight")
        scores.append(weighted_scores(predictions, weights, data.unit))
    parameters = weights_frame(data, fits.model, *fits.kept(final))
    metrics = pl.concat(scores, how="diagonal")
    worse = tell_no_better(metrics, fits.model, (base, SAME[base]), fits.metric)
    unfinished = tell_unfinished(fits, [final, *judged])
    notes = (*data.notes, *_tell_censored(data), *unfinished, *worse)
    references = settings_of_references(fits.quantile) if is_thorough else {}
    return Results(
        feature_space="descriptors of formulas",
        hyperparameters={
            fits.model: _hyperparameters(fits, final) | {"notes": list(notes)},
            other.model: {"strengths": [fit.fitted.strength for fit in others]},
            base: {},
            **references,
        },
        selected=fits.model,
        parameters=parameters,
        predictions=predictions,
        metrics=metrics,
        curves=pl.concat(curves),
        draws=draws_frame(fits, zip(folds, judged, strict=True), parameters),
        left_out_splits=list_left_out(data, folds),
        left_out_structures=data.left_out,
        notes=notes,
    )


def _tell_censored(data: PropertyData) -> tuple[str, ...]:
    n, of = int((data.y <= data.lowest).sum()), f"of {len(data.y):,} samples"
    n_zeros, n_below = int((data.y == 0).sum()), int((data.y < 0).sum())
    if n:
        return (
            f"{n:,} {of} have the lowest value, {data.lowest:g}: a sum of weights below it is "
            "predicted as it, and is no error of theirs",
        )
    if n_below < FEW_BELOW * n_zeros and not data.unit.startswith("log10"):
        return (
            f"{n_zeros:,} {of} are 0 and {n_below:,} below it: if these are noise, a --where "
            "without them makes 0 the bound of what is predicted, which fits the others better",
        )
    return ()


def _hyperparameters(fits: NumberFits, final: FittedProperty) -> dict[str, Any]:
    assert final.intervals is not None
    data, threshold = fits.data, final.fitted.threshold
    return {
        "strength": final.fitted.strength,
        "l1_ratio": final.method.l1_ratio,
        "quantile": fits.quantile,
        "share_below": final.share_below,
        "threshold": None if np.isinf(threshold) else threshold,
        "interval": final.intervals.as_record() if fits.quantile == MEDIAN else None,
        "lowest": None if np.isinf(data.lowest) else data.lowest,
        "unit": data.unit,
        **data.record(),
    }


def _scores(fits: NumberFits) -> dict[str, tuple[str, Score]]:
    """Of a quantile that is not the median, the size of an error says nothing."""
    scores: dict[str, tuple[str, Score]] = {}
    if fits.quantile == MEDIAN:
        scores |= property_scores(fits.data.unit)
    if fits.method == NumberMethod.QUANTILE:
        scores |= quantile_scores(fits.data.unit, fits.quantile)
    return scores


def _other(fits: NumberFits) -> NumberFits:
    """The method beside the chosen one, to see what its loss changes."""
    if fits.quantile != MEDIAN:
        return replace(fits, quantile=MEDIAN)
    is_ridge = fits.method == NumberMethod.RIDGE
    return replace(fits, method=NumberMethod.HUBER if is_ridge else NumberMethod.RIDGE)


def _baseline(fits: NumberFits) -> tuple[str, Callable[[PropertyFold], float]]:
    """Name of the model that says the same of every formula, and what it says in a fold."""
    y, counts, is_weighed = fits.data.y, fits.data.counts, "weight" in fits.data.samples.columns

    def say(fold: PropertyFold) -> float:
        if not is_weighed:
            return float(np.quantile(y[fold.train], fits.quantile))
        order = fold.train[np.argsort(y[fold.train])]
        below = np.cumsum(counts[order])
        return float(y[order][np.searchsorted(below, fits.quantile * below[-1])])

    return MEDIAN_MODEL if fits.quantile == MEDIAN else SAME_QUANTILE, say


def _test(fits: NumberFits, fold: PropertyFold, fit: FittedProperty) -> pl.DataFrame:
    """The same of the product, with sizes of errors and intervals, as `coverage_scores` has it."""
    assert fit.intervals is not None
    said = fit.predict(fits.data.design.take(fold.test))
    return predictions_frame(fits.data, fits.model, fold, said).with_columns(
        error=(pl.col("prediction") - pl.col("target")).abs(),
        width=fit.intervals.of(said),
        overall=fit.intervals.overall,
    )
