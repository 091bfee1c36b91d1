"""Fits linear models of a property and judges them on samples kept from them."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from sklearn.exceptions import ConvergenceWarning

from analysis.datasets import FloatArray
from analysis.metrics import Score, regression_scores, score_predictions
from analysis.properties.class_study import run_class_study
from analysis.properties.data import PropertyData
from analysis.properties.fits import ClassFits, NumberFits
from analysis.properties.inquiries.coverage import coverage_points, coverage_scores
from analysis.properties.inquiries.curves import draw_curves
from analysis.properties.inquiries.points import points_frame
from analysis.properties.inquiries.references import REFERENCES, predict_references
from analysis.properties.models.product import FittedProperty
from analysis.properties.settings import NumberMethod, PropertySettings
from analysis.properties.splits import PropertyFold, headline, split_property
from analysis.runs.parallel import run_jobs
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

MEDIAN = "median"


def run_property_study(
    data: PropertyData, settings: PropertySettings, track: Track = untracked
) -> Results:
    """Fit to every training part, score what the fits say of the rest, and sweep what was chosen.

    Strengths are chosen within each training part. The parameters that are kept come from a last
    fit to all samples.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # L1 at weak penalties is slow
        if data.classes:
            return run_class_study(ClassFits(data, settings.seed), track, settings.is_thorough)
        fits = NumberFits(data, settings.seed, NumberMethod(settings.method))
        return _run_number_study(fits, track, is_thorough=settings.is_thorough)


def _run_number_study(fits: NumberFits, track: Track, *, is_thorough: bool) -> Results:
    data = fits.data
    folds = split_property(data)
    main = [fold for fold in folds if fold.parting == headline(data)]
    final, *judged = _fit_parts(fits, [None, *folds], track)
    other = _other(fits)
    others = _fit_parts(other, main, track)
    said = [
        *((MEDIAN, fold, np.full(len(fold.test), np.median(data.y[fold.train]))) for fold in folds),
        *(
            (other.model, fold, fit.predict(data.design.take(fold.test)))
            for fold, fit in zip(main, others, strict=True)
        ),
        *(predict_references(data, main, track) if is_thorough else ()),
    ]
    tested = pl.concat([_test(fits, fold, fit) for fold, fit in zip(folds, judged, strict=True)])
    predictions = pl.concat(
        [
            tested.drop("error", "width", "overall"),
            *(_predictions(data, *one) for one in said),
        ]
    )
    strengths = {id(fold): fit.fitted.strength for fold, fit in zip(folds, judged, strict=True)}
    curves = draw_curves(
        fits,
        folds,
        lambda fold: strengths[id(fold)],
        track,
        without_elements=final.fitted.strength if is_thorough else None,
    )
    coverage = points_frame(coverage_points(tested, str(headline(data))))
    scores = score_predictions(predictions, property_scores(data.unit), mean_of_folds=True)
    return Results(
        feature_space="descriptors of formulas",
        hyperparameters={
            fits.model: _hyperparameters(data, final),
            other.model: {"strengths": [fit.fitted.strength for fit in others]},
            MEDIAN: {},
            **({} if not is_thorough else REFERENCES),
        },
        selected=fits.model,
        parameters=_parameters(fits, final),
        predictions=predictions,
        metrics=pl.concat([scores, coverage_scores(tested, data.unit)], how="diagonal"),
        curves=pl.concat([curves, coverage]),
        left_out_structures=data.left_out,
        notes=data.notes,
    )


def _hyperparameters(data: PropertyData, final: FittedProperty) -> dict[str, Any]:
    assert final.intervals is not None
    return {
        "strength": final.fitted.strength,
        "threshold": None if np.isinf(final.fitted.threshold) else final.fitted.threshold,
        "interval": final.intervals.as_record(),
        "lowest": None if np.isinf(data.lowest) else data.lowest,
        "unit": data.unit,
        **data.record(),
    }


def _other(fits: NumberFits) -> NumberFits:
    """The method beside the chosen one, to see what its loss changes."""
    is_ridge = fits.method == NumberMethod.RIDGE
    return replace(fits, method=NumberMethod.HUBER if is_ridge else NumberMethod.RIDGE)


def _fit_parts(
    fits: NumberFits, folds: Sequence[PropertyFold | None], track: Track
) -> list[FittedProperty]:
    """Fits to training parts; without a fold, to all samples."""

    def fit(fold: PropertyFold | None) -> FittedProperty:
        if fold is None:
            return fits.choose(np.arange(len(fits.data.y)))
        return fits.choose(fold.train, fold.parting.keeps)

    return run_jobs(fit, folds, f"fit {fits.data.column} by {fits.model}", track)


def property_scores(unit: str) -> dict[str, tuple[str, Score]]:
    """Unit and function (target, prediction) of each score, in the unit of the property."""
    return {
        "mae": (unit, lambda y, p: float(np.mean(np.abs(y - p)))),
        "rmse": (unit, lambda y, p: float(np.sqrt(np.mean((y - p) ** 2)))),
        "r2": regression_scores()["r2"],
    }


def _predictions(
    data: PropertyData, model: str, fold: PropertyFold, said: FloatArray
) -> pl.DataFrame:
    """Rows of `predictions`: what a model said of the test samples of a fold."""
    return pl.DataFrame(
        {
            "model": model,
            "split": str(fold.parting),
            "sample_id": data.samples["sample_id"].gather(fold.test),
            "fold": fold.fold,
            "target": data.y[fold.test],
            "prediction": said,
        }
    )


def _test(fits: NumberFits, fold: PropertyFold, fit: FittedProperty) -> pl.DataFrame:
    """The same of the product, with sizes of errors and intervals, as `coverage_scores` has it."""
    assert fit.intervals is not None
    said = fit.predict(fits.data.design.take(fold.test))
    return _predictions(fits.data, fits.model, fold, said).with_columns(
        error=(pl.col("prediction") - pl.col("target")).abs(),
        width=fit.intervals.of(said),
        overall=fit.intervals.overall,
    )


def _parameters(fits: NumberFits, final: FittedProperty) -> pl.DataFrame:
    """Rows of `model_parameters`: weights of descriptors as they are, and the intercept."""
    return pl.DataFrame(
        {
            "model": fits.model,
            "feature": [*fits.data.features, "intercept"],
            "parameter": [*final.fitted.weights, final.fitted.intercept],
            "scale": [*fits.data.spread(), None],
        },
        schema_overrides={"scale": pl.Float64},
    )
