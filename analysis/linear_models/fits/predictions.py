"""What a model said of samples, and its weights, as rows of the tables of results."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from analysis.datasets import FloatArray
from analysis.linear_models.data import INTERCEPT, PropertyData
from analysis.linear_models.splits import PropertyFold


def predictions_frame(
    data: PropertyData, model: str, fold: PropertyFold, said: FloatArray
) -> pl.DataFrame:
    """What a model said of the test samples of a fold: a number, or how probable the second class.

    `said` has shape (n_test,).
    """
    return pl.DataFrame(
        {
            "model": model,
            "split": str(fold.parting),
            "sample_id": data.samples["sample_id"].gather(fold.test),
            "sample_group": fold.group_tested(data),
            "fold": fold.fold,
            "target": data.y[fold.test],
            "prediction": said,
        }
    )


def weights_frame(
    data: PropertyData,
    model: str,
    weights: FloatArray,
    intercepts: FloatArray,
    labels: Sequence[str] = ("",),
) -> pl.DataFrame:
    """Rows of `model_parameters`: weights of descriptors as they are, and the intercept.

    `weights` have shape (n_columns, n_labels), `intercepts` (n_labels,).
    """
    scale = data.spread()
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "model": model,
                    "feature": [*data.features, INTERCEPT],
                    "label": label,
                    "parameter": np.append(weights[:, place], intercepts[place]),
                    "scale": [*scale, None],
                },
                schema_overrides={"scale": pl.Float64},
            )
            for place, label in enumerate(labels)
        ]
    )
