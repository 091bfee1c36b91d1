"""What a model makes of its sums of weights times descriptors: numbers, or probabilities."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import FloatArray
from analysis.linear_models.calibration import IsotonicSteps
from analysis.linear_models.intervals import Intervals
from analysis.properties.answering.answers import name_class_columns


def finish_numbers(
    sums: FloatArray, hyperparameters: Mapping[str, Any]
) -> tuple[FloatArray, FloatArray | None]:
    """Numbers that are not below what can be, and half the widths of their intervals.

    Both have shape (n_samples,); there are no widths where what is predicted is not the middle.
    """
    lowest, interval = hyperparameters["lowest"], hyperparameters["interval"]
    said = sums if lowest is None else np.maximum(sums, lowest)
    return said, None if interval is None else Intervals.from_record(interval).of(said)


def finish_classes(logits: FloatArray, hyperparameters: Mapping[str, Any]) -> FloatArray:
    """Probabilities of classes, calibrated as the run learned it; both (n_samples, n_classes).

    Platt scaling is in the weights.
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    record = hyperparameters.get("isotonic")
    return (
        probabilities if record is None else IsotonicSteps.from_record(record).step(probabilities)
    )


def frame_said(
    sums: FloatArray, hyperparameters: Mapping[str, Any], is_answered: NDArray[np.bool_]
) -> pl.DataFrame:
    """The columns that predictions of a query have: of a number `prediction`, `interval`, `unit`.

    Of classes `prediction` and the probability of each. `sums` have shape (n_samples, n_labels);
    what is not answered is NULL.
    """
    if "classes" in hyperparameters:
        names = np.array([str(name) for name in hyperparameters["classes"]], dtype=object)
        said = finish_classes(sums, hyperparameters)
        columns = {
            "prediction": pl.Series(names[said.argmax(axis=1)], dtype=pl.String),
            **{
                column: pl.Series(said[:, place])
                for place, column in enumerate(name_class_columns(list(names)))
            },
        }
    else:
        said, widths = finish_numbers(sums[:, 0], hyperparameters)
        columns = {
            "prediction": pl.Series(said),
            "interval": pl.Series([None] * len(said) if widths is None else widths),
            "unit": pl.Series([hyperparameters["unit"]] * len(said), dtype=pl.String),
        }
        columns["interval"] = columns["interval"].cast(pl.Float64)
    return pl.DataFrame(columns).select(pl.when(pl.Series(is_answered)).then(pl.all()))
