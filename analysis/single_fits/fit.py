"""Single fits: one model at one strength on all rows but a fold, by Spark, however many rows."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from analysis.datasets import read_samples
from analysis.runs.results import Results, no_rows
from analysis.runs.run import Run
from warehouse.errors import WarehouseError
from warehouse.tables import TABLES

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine


def fit_metals(spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: Run) -> Results:
    """Fit a classifier to every material whose formula is not in the test fold, and score it there.

    As in the study, descriptors are not rescaled, and those that fewer than LEAST_MATERIALS
    materials have are left out. Raises WarehouseError if there are no materials.
    """
    from analysis.metals import single_fit as single
    from analysis.metals.data import LEAST_MATERIALS
    from analysis.single_fits.on_spark import fit_logistic

    read_samples(
        connection,
        "select 1 from staging.materials "
        "where source || '_is_metal' = ? and is_metal is not null limit 1",
        [run.dataset],
        missing=f"there are no materials of {run.dataset} that are known as metals or not",
        choices="select distinct source || '_is_metal' from staging.materials "
        "where is_metal is not null order by all",
    )
    strength, fold = run.settings["strength"], run.settings["test_fold"]
    dataset = _quoted(run.dataset)
    with tempfile.TemporaryDirectory(dir=spark.scratch, prefix=".query-") as name:
        entries = single.entries_sql(dataset, fold)
        fitted = fit_logistic(spark, entries, strength, LEAST_MATERIALS, Path(name).resolve())
    parameters = pl.DataFrame(
        {
            "model": single.MODEL,
            "feature": ["intercept", *fitted.feature_names],
            "parameter": [fitted.intercept, *fitted.coefficients],
            "scale": [None, *fitted.scale],
        }
    )
    facts = {"C": strength, "n_training": fitted.n_samples, "n_steps": fitted.n_steps}
    scores = single.score_sql(dataset, fold)
    return _score(
        spark, run, single.FEATURE_SPACE, facts, parameters, (single.SPLIT, scores, single.SCORES)
    )


def fit_cluster_expansion(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: Run
) -> Results:
    """Fit an elastic net to the structures that are neither in the test fold nor locked away.

    Raises WarehouseError if there are no structures.
    """
    from analysis.cluster_expansion import single_fit as single
    from analysis.cluster_expansion.data import read_orbits
    from analysis.single_fits.on_spark import sum_products

    settings = run.settings
    space, fold = settings["cluster_space"], settings["test_fold"]
    read_samples(
        connection,
        "select 1 from staging.lattice_mappings where alloy = ? limit 1",
        [run.dataset],
        missing=f"there are no mapped structures of {run.dataset}",
        choices="select distinct alloy from staging.lattice_mappings order by all",
    )
    orders = read_orbits(connection, space)["cluster_order"].to_list()
    if len(orders) <= 2:
        raise WarehouseError(
            f"there is no cluster space {space} with clusters of two or more sites",
            hint="name another with --cluster-space, or make it with `python -m ingest clusters`",
        )
    names = _quoted(run.dataset), _quoted(space)
    products = sum_products(spark, single.vectors_sql(*names, fold))
    fitted = single.fit_products(products, orders, settings["strength"], settings["l1_ratio"])
    facts = {
        **{name: settings[name] for name in ("strength", "l1_ratio")},
        "n_training": fitted.n_samples,
        "non_zero": fitted.n_non_zero,
        "gradient": fitted.gradient,
    }
    scores = single.score_sql(*names, fold)
    parameters = single.parameters_frame(fitted)
    return _score(spark, run, space, facts, parameters, (single.SPLIT, scores, single.SCORES))


def _score(
    spark: "SparkEngine",
    run: Run,
    feature_space: str,
    facts: Mapping[str, Any],
    parameters: pl.DataFrame,
    judge: tuple[str, str, Mapping[str, str]],
) -> Results:
    """What was fitted, with its scores: `judge` has their split, the query and their units.

    The query reads the views as if the parameters were already in the tables, so nothing is
    written before all is known.
    """
    split, sql, units = judge
    (model,) = parameters["model"].unique()
    hyperparameters = {**facts, "test_fold": run.settings["test_fold"]}
    own = {"study": run.study, "dataset": run.dataset, "run_id": run.run_id}
    fitted = own | {
        "model": model,
        "feature_space": feature_space,
        "hyperparameters": json.dumps(hyperparameters),
        "is_selected": True,
        "lineage": "{}",
    }
    spark.put(
        {
            "models": _rows("models", pl.DataFrame([fitted])),
            "model_parameters": _rows(
                "model_parameters", parameters.with_columns(**_literals(own))
            ),
        }
    )
    ((row),) = spark.first(sql, 1).to_pylist()
    if not row["n"]:
        raise WarehouseError(
            f"no row of {run.dataset} is in fold {run.settings['test_fold']} of {split}",
            hint="name another fold with --test-fold",
        )
    metrics = [
        {"model": model, "split": split, "metric": name, "value": row[name], "unit": unit}
        | {"std": None, "n": row["n"]}
        for name, unit in units.items()
        if row[name] is not None
    ]
    return Results(
        feature_space=feature_space,
        hyperparameters={model: hyperparameters},
        selected=model,
        parameters=parameters,
        predictions=no_rows("predictions"),
        metrics=pl.DataFrame(metrics, schema_overrides={"std": pl.Float64}),
    )


def _literals(values: Mapping[str, str]) -> dict[str, pl.Expr]:
    return {name: pl.lit(value) for name, value in values.items()}


def _rows(table: str, rows: pl.DataFrame) -> Any:
    schema = TABLES[table].create_empty().schema
    return rows.select(pl.col(name).cast(kind) for name, kind in schema.items()).to_arrow()


def _quoted(name: str) -> str:
    return name.replace("'", "''")
