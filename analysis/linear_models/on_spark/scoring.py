"""Scores of a single fit, by the views: Spark reads them as if the model were in the tables."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.metrics import SCORE_UNITS
from analysis.runs.results import Results, no_rows
from warehouse.errors import WarehouseError
from warehouse.tables import TABLES

if TYPE_CHECKING:
    from analysis.runs.run import Run
    from warehouse.spark.engine import SparkEngine


@dataclass(frozen=True)
class SingleFit:
    """A fitted model.

    Attributes:
        model: Its name.
        feature_space: What its features are: a cluster space or a view.
        hyperparameters: What it was fitted with, `test_fold` among it.
        parameters: Columns model, feature, parameter, scale.

    """

    model: str
    feature_space: str
    hyperparameters: Mapping[str, Any]
    parameters: pl.DataFrame


def score_single_fit(
    spark: "SparkEngine",
    run: "Run[Any]",
    fit: SingleFit,
    split: str,
    scores: tuple[str, ...],
    sql: str,
) -> Results:
    """What was fitted, with its `scores` on the test fold of `split`, which the query `sql` gives.

    Nothing is written before all is known. Raises WarehouseError if no sample is in that fold.
    """
    own = {"study": run.study, "dataset": run.dataset, "run_id": run.run_id}
    fitted = own | {
        "model": fit.model,
        "feature_space": fit.feature_space,
        "hyperparameters": json.dumps(fit.hyperparameters),
        "is_selected": True,
        "lineage": "{}",
    }
    literals = {name: pl.lit(value) for name, value in own.items()}
    spark.put(
        {
            "models": _rows("models", pl.DataFrame([fitted])),
            "model_parameters": _rows(
                "model_parameters", fit.parameters.with_columns(label=pl.lit(""), **literals)
            ),
        }
    )
    found = [row for row in spark.first(sql, 1).to_pylist() if row["n"]]
    if not found:
        raise WarehouseError(
            f"no row of {run.dataset} is in fold {fit.hyperparameters['test_fold']} of {split}",
            hint="name another fold with --test-fold",
        )
    return Results(
        feature_space=fit.feature_space,
        hyperparameters={fit.model: fit.hyperparameters},
        selected=fit.model,
        parameters=fit.parameters,
        predictions=no_rows("predictions"),
        metrics=_metrics(fit.model, split, scores, found[0]),
    )


def _metrics(model: str, split: str, scores: Iterable[str], row: Mapping[str, Any]) -> pl.DataFrame:
    shared = {"model": model, "split": split}
    rows = [
        shared | {"metric": name, "value": row[name], "unit": SCORE_UNITS[name], "n": row["n"]}
        for name in scores
        if row[name] is not None
    ]
    return pl.DataFrame(rows).with_columns(std=pl.lit(None, pl.Float64))


def _rows(table: str, rows: pl.DataFrame) -> Any:
    schema = TABLES[table].create_empty().schema
    return rows.select(pl.col(name).cast(kind) for name, kind in schema.items()).to_arrow()
