"""Fits linear models of a property and judges them on samples kept from them."""

from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.metrics import Score, regression_scores, score_predictions
from analysis.properties.class_study import run_class_study
from analysis.properties.data import PropertyData
from analysis.properties.fits import ClassFits, NumberFits
from analysis.properties.inquiries.curves import draw_curves
from analysis.properties.models.product import LEVEL, FittedProperty, fit_product
from analysis.properties.settings import PropertySettings
from analysis.properties.splits import PropertyFold, headline, split_property
from analysis.runs.parallel import run_jobs
from analysis.runs.results import Results
from warehouse.progress import Track, untracked

PRODUCT, RIDGE, MEDIAN = NumberFits.model, "ridge", "median"


def run_property_study(
    data: PropertyData, settings: PropertySettings, track: Track = untracked
) -> Results:
    """Fit to every training part, score what the fits say of the rest, and sweep what was chosen.

    Strengths are chosen within each training part. The parameters that are kept come from a last
    fit to all samples.
    """
    if data.classes:
        return run_class_study(ClassFits(data, settings.seed), track)
    folds = split_property(data)
    main = [fold for fold in folds if fold.parting == headline(data)]
    fitted = run_jobs(
        partial(_fit, data, settings.seed), [None, *folds], f"fit {data.column}", track
    )
    final, judged = fitted[0], fitted[1:]
    ridges = run_jobs(
        partial(_fit, data, settings.seed, is_ridge=True), main, "fit squares of errors", track
    )
    predictions = pl.concat(
        [
            *(_predict(data, PRODUCT, fold, fit) for fold, fit in zip(folds, judged, strict=True)),
            *(_predict(data, RIDGE, fold, fit) for fold, fit in zip(main, ridges, strict=True)),
            *(_predict(data, MEDIAN, fold, None) for fold in folds),
        ]
    )

    def strength_of(fold: PropertyFold) -> float:
        return judged[folds.index(fold)].fitted.strength

    scores = score_predictions(predictions, property_scores(data.unit), mean_of_folds=True)
    return Results(
        feature_space="descriptors of formulas",
        hyperparameters={
            PRODUCT: {
                "strength": final.fitted.strength,
                "threshold": final.fitted.threshold,
                "interval": final.interval,
                "notes": list(data.notes),
                "unit": data.unit,
                "column": data.column,
                "lowest": None if np.isinf(data.lowest) else data.lowest,
                "own": [str(name) for name in data.features[data.sets == "own"]],
            },
            RIDGE: {"strengths": [fit.fitted.strength for fit in ridges]},
            MEDIAN: {},
        },
        selected=PRODUCT,
        parameters=_parameters(data, final),
        predictions=predictions,
        metrics=pl.concat([scores, _coverage(data, folds, judged)], how="diagonal"),
        curves=draw_curves(NumberFits(data, settings.seed), folds, strength_of, track),
        left_out_structures=data.left_out,
        notes=data.notes,
    )


def property_scores(unit: str) -> dict[str, tuple[str, Score]]:
    """Unit and function (target, prediction) of each score, in the unit of the property."""
    return {
        "mae": (unit, lambda y, p: float(np.mean(np.abs(y - p)))),
        "rmse": (unit, lambda y, p: float(np.sqrt(np.mean((y - p) ** 2)))),
        "r2": regression_scores()["r2"],
    }


def _fit(
    data: PropertyData, seed: int, fold: PropertyFold | None, *, is_ridge: bool = False
) -> FittedProperty:
    """The product fitted to a training part; without a fold, to all samples."""
    rows = np.arange(len(data.y)) if fold is None else fold.train
    keeps = "reduced_formula" if fold is None else fold.parting.keeps
    groups = data.samples[keeps].to_numpy()
    return fit_product(
        data.design, data.y, groups, rows, seed, lowest=data.lowest, is_ridge=is_ridge
    )


def _predict(
    data: PropertyData, model: str, fold: PropertyFold, fitted: FittedProperty | None
) -> pl.DataFrame:
    """Rows of `predictions`; without a fit, the median of the training part."""
    said = (
        np.full(len(fold.test), np.median(data.y[fold.train]))
        if fitted is None
        else fitted.predict(data.design.take(fold.test))
    )
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


def _coverage(
    data: PropertyData, folds: list[PropertyFold], judged: list[FittedProperty]
) -> pl.DataFrame:
    """Of each split, the share of test samples within the interval, and half its width."""
    level = f"interval_{100 * LEVEL:.0f}"
    rows: list[dict[str, Any]] = []
    for fold, fit in zip(folds, judged, strict=True):
        errors = np.abs(fit.predict(data.design.take(fold.test)) - data.y[fold.test])
        held = float((errors <= fit.interval).mean())
        of_fold = {"model": PRODUCT, "split": str(fold.parting), "n": len(errors)}
        rows += [
            of_fold | {"metric": f"{level}_coverage", "value": held, "unit": "1"},
            of_fold | {"metric": level, "value": fit.interval, "unit": data.unit},
        ]
    return (
        pl.DataFrame(rows)
        .group_by("model", "split", "metric", "unit", maintain_order=True)
        .agg(pl.col("value").mean(), std=pl.col("value").std(), n=pl.col("n").sum())
    )


def _parameters(data: PropertyData, final: FittedProperty) -> pl.DataFrame:
    """Rows of `model_parameters`: weights of descriptors as they are, and the intercept."""
    weights = final.fitted.weights
    return pl.DataFrame(
        {
            "model": PRODUCT,
            "feature": [*data.features, "intercept"],
            "parameter": [*weights, final.fitted.intercept],
            "scale": [*data.spread(), None],
        },
        schema_overrides={"scale": pl.Float64},
    )
