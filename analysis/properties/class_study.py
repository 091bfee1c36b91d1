"""Fits multinomial models of classes and judges them on samples kept from them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.properties.class_scores import CLASS_SCORES, weigh_alike
from analysis.properties.data import PropertyData
from analysis.properties.fits import ClassFits
from analysis.properties.inquiries.curves import draw_curves
from analysis.properties.models.classifier import FittedClasses
from analysis.properties.splits import PropertyFold, split_property
from analysis.runs.parallel import run_jobs
from analysis.runs.results import Results
from warehouse.progress import Track

ALIKE, FREQUENT = "alike", "frequent"


@dataclass(frozen=True)
class JudgedFold:
    """What the fit to a training part says of the test samples."""

    fold: PropertyFold
    fit: FittedClasses
    said: FloatArray

    @property
    def by_model(self) -> Iterator[tuple[str, FloatArray]]:
        """Probabilities of the product, of it with classes weighed alike, and of the baseline."""
        yield ClassFits.model, self.said
        yield ALIKE, weigh_alike(self.said, self.fit.shares)
        yield FREQUENT, np.tile(self.fit.shares, (len(self.said), 1))


def run_class_study(fits: ClassFits, track: Track) -> Results:
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
    judged = [
        JudgedFold(fold, one, one.predict(data.design.take(fold.test)))
        for fold, one in zip(folds, fitted, strict=True)
    ]
    strengths = {id(one.fold): one.fit.fitted.strength for one in judged}
    return Results(
        feature_space="descriptors of formulas",
        hyperparameters={
            fits.model: {
                "strength": final.fitted.strength,
                "unit": "1",
                "column": data.column,
                "classes": list(data.classes),
                "shares": final.shares.tolist(),
                "notes": list(data.notes),
                "own": [str(name) for name in data.features[data.sets == "own"]],
            },
            ALIKE: {"of": fits.model},
            FREQUENT: {},
        },
        selected=fits.model,
        parameters=_parameters(data, final),
        predictions=pl.concat([_predictions(data, one) for one in judged]),
        metrics=_scores(data, judged),
        curves=draw_curves(fits, folds, lambda fold: strengths[id(fold)], track),
        left_out_structures=data.left_out,
        notes=data.notes,
    )


def _predictions(data: PropertyData, judged: JudgedFold) -> pl.DataFrame:
    """Rows of `predictions` of the product: one for each test sample and class."""
    test = judged.fold.test
    samples = data.samples["sample_id"].gather(test)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": ClassFits.model,
                    "split": str(judged.fold.parting),
                    "sample_id": samples,
                    "label": label,
                    "fold": judged.fold.fold,
                    "target": (data.labels[test] == place).astype(float),
                    "prediction": judged.said[:, place],
                }
            )
            for place, label in enumerate(data.classes)
        ]
    )


def _scores(data: PropertyData, judged: list[JudgedFold]) -> pl.DataFrame:
    """Rows of `metrics`: means over the folds of each split."""
    rows = [
        {
            "model": model,
            "split": str(one.fold.parting),
            "metric": metric,
            "value": score(data.labels[one.fold.test], said),
            "unit": "1",
            "n": len(one.fold.test),
        }
        for one in judged
        for model, said in one.by_model
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
