"""One classifier at one strength, with a fold of formulas held out: what it reads, its scores."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from analysis.datasets import read_samples
from analysis.linear_models.on_spark.scoring import SingleFit, score_single_fit
from analysis.linear_models.on_spark.solvers import solve_logistic
from analysis.linear_models.scaling import LEAST_WITH
from analysis.metals.settings import LogisticSettings
from analysis.runs.results import Results
from warehouse.quoting import quote_text
from warehouse.storage.drafts import ANSWERS

if TYPE_CHECKING:
    from analysis.runs.run import Run
    from warehouse.spark.engine import SparkEngine

SPLIT = "formula_groups"
FEATURE_SPACE = "marts.metal_descriptors"
MODEL = "logistic_regression"
SCORES = ("balanced_accuracy", "f1", "roc_auc", "brier")
"""Columns of `marts.metal_fit_scores`."""


def fit_classifier_on_spark(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: "Run[LogisticSettings]"
) -> Results:
    """Fit a classifier to every material whose formula is not in the test fold, and score it there.

    As in the study, descriptors are not rescaled, and those that fewer than LEAST_WITH
    materials have are left out. Raises WarehouseError if there are no materials.
    """
    read_samples(
        connection,
        "select 1 from staging.materials where dataset = ? and is_metal is not null limit 1",
        [run.dataset],
        missing=f"there are no materials of {run.dataset} that are known as metals or not",
        choices="select distinct dataset from staging.materials "
        "where is_metal is not null order by all",
    )
    strength, fold = run.settings.strength, run.settings.test_fold
    with tempfile.TemporaryDirectory(dir=spark.scratch, prefix=ANSWERS) as name:
        entries = metal_entries_sql(run.dataset, fold)
        fitted = solve_logistic(spark, entries, strength, LEAST_WITH, Path(name).resolve())
    parameters = pl.DataFrame(
        {
            "model": MODEL,
            "feature": ["intercept", *fitted.feature_names],
            "parameter": [fitted.intercept, *fitted.coefficients],
            "scale": [None, *fitted.scale],
        }
    )
    facts = {
        "C": strength,
        "n_training": fitted.n_samples,
        "n_steps": fitted.n_steps,
        "test_fold": fold,
    }
    scores = f"select * from marts.metal_fit_scores where dataset = {quote_text(run.dataset)}"
    fit = SingleFit(MODEL, FEATURE_SPACE, facts, parameters)
    return score_single_fit(spark, run, fit, SPLIT, SCORES, scores)


def metal_entries_sql(dataset: str, fold: int) -> str:
    """A row per material and descriptor that it has: sample, target, is_test, feature, value."""
    return f"""
select
    material_id as sample,
    cast(is_metal as int) as target,
    formula_group_fold = {fold} as is_test,
    descriptor as feature,
    value
from marts.metal_entries
where dataset = {quote_text(dataset)}
"""
