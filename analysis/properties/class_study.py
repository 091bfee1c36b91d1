"""Fits multinomial models of classes and judges them on samples kept from them."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.properties.class_scores import CLASS_SCORES, weigh_alike
from analysis.properties.data import PropertyData
from analysis.properties.fits import ClassFits
from analysis.properties.inquiries.curves import draw_curves
from analysis.properties.inquiries.references import REFERENCES, predict_references
from analysis.properties.models.classifier import FittedClasses
from analysis.properties.splits import PropertyFold, headline, split_property
from analysis.runs.parallel import run_jobs
from analysis.runs.results import Results
from warehouse.progress import Track

ALIKE, FREQUENT = "alike", "frequent"
Said = tuple[str, PropertyFold, FloatArray]
"""Name of a model, a fold, and the probabilities of its test samples, (n_test, n_classes)."""


def run_class_study(fits: ClassFits, track: Track, is_thorough: bool) -> Results:
    """Fit to every training part, score what the fits say of the rest, and sweep what was chosen.

    Strengths are chosen within each training part. The parameters that are kept come from a last
    fit to all samples.
    """
    data = fits.data
    folds = split_property(data)

    def fit(fold: PropertyFold | None) -> FittedClasses:
        if fold is None:
            return fits.choose(np.arange(len(data.y)))
        return fits.choose(fold.train, fold.parting.keeps)

    final, *fitted = run_jobs(fit, [None, *folds], f"fit {data.column}", track)
    said = [one for fold, fit in zip(folds, fitted, strict=True) for one in _judge(data, fold, fit)]
    main = [fold for fold in folds if fold.parting == headline(data)]
    if is_thorough:
        said += predict_references(data, main, track)
    strengths = {id(fold): fit.fitted.strength for fold, fit in zip(folds, fitted, strict=True)}
    return Results(
        feature_space="descriptors of formulas",
        hyperparameters={
            fits.model: {
                "strength": final.fitted.strength,
                "unit": "1",
                "classes": list(data.classes),
                "shares": final.shares.tolist(),
                **data.record(),
            },
            ALIKE: {"of": fits.model},
            FREQUENT: {},
            **({} if not is_thorough else REFERENCES),
        },
        selected=fits.model,
        parameters=_parameters(data, final),
        predictions=pl.concat(
            [_predictions(data, *one) for one in said if one[0] not in (ALIKE, FREQUENT)]
        ),
        metrics=_scores(data, said),
        curves=draw_curves(
            fits,
            folds,
            lambda fold: strengths[id(fold)],
            track,
            without_elements=final.fitted.strength if is_thorough else None,
        ),
        left_out_structures=data.left_out,
        notes=data.notes,
    )


def _judge(data: PropertyData, fold: PropertyFold, fit: FittedClasses) -> Iterator[Said]:
    """What the product says of the test samples, with classes weighed alike, and the baseline."""
    said = fit.predict(data.design.take(fold.test))
    yield ClassFits.model, fold, said
    yield ALIKE, fold, weigh_alike(said, fit.shares)
    yield FREQUENT, fold, np.tile(fit.shares, (len(said), 1))


def _predictions(
    data: PropertyData, model: str, fold: PropertyFold, said: FloatArray
) -> pl.DataFrame:
    """Rows of `predictions`: one for each test sample and class."""
    samples = data.samples["sample_id"].gather(fold.test)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": model,
                    "split": str(fold.parting),
                    "sample_id": samples,
                    "label": label,
                    "fold": fold.fold,
                    "target": (data.labels[fold.test] == place).astype(float),
                    "prediction": said[:, place],
                }
            )
            for place, label in enumerate(data.classes)
        ]
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
        for metric, score in CLASS_SCORES.items()
    ]
    key = ("model", "split", "metric", "unit")
    return (
        pl.DataFrame(rows)
        .with_columns(pl.col("value").fill_nan(None))
        .group_by(key, maintain_order=True)
        .agg(pl.col("value").mean(), std=pl.col("value").std(), n=pl.col("n").sum())
    )


def _parameters(data: PropertyData, final: FittedClasses) -> pl.DataFrame:
    """Rows of `model_parameters`: weights of descriptors as they are, and the intercepts."""
    fitted, scale = final.fitted, data.spread()
    labels = data.classes if fitted.weights.shape[1] > 1 else data.classes[1:]
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": ClassFits.model,
                    "feature": [*data.features, "intercept"],
                    "label": label,
                    "parameter": np.append(fitted.weights[:, place], fitted.intercepts[place]),
                    "scale": [*scale, None],
                },
                schema_overrides={"scale": pl.Float64},
            )
            for place, label in enumerate(labels)
        ]
    )
