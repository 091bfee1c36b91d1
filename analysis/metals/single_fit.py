"""One classifier at one strength, with a fold of formulas held out: what it reads, its scores."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from analysis.datasets import read_samples
from analysis.labels import Metric
from analysis.metals.data import LEAST_MATERIALS
from analysis.metals.settings import LogisticSettings
from analysis.runs.results import Results
from analysis.runs.run import Run
from analysis.single_fits.on_spark import solve_logistic
from analysis.single_fits.scoring import SingleFit, quote, score_single_fit

if TYPE_CHECKING:
    from warehouse.spark.engine import SparkEngine

SPLIT = "formula_groups"
FEATURE_SPACE = "marts.metal_descriptors"
MODEL = "logistic_regression"
SCORES = (Metric.BALANCED_ACCURACY, Metric.F1, Metric.ROC_AUC, Metric.BRIER)
"""Scores that `score_sql` gives."""


def fit_classifier_on_spark(
    spark: "SparkEngine", connection: duckdb.DuckDBPyConnection, run: Run[LogisticSettings]
) -> Results:
    """Fit a classifier to every material whose formula is not in the test fold, and score it there.

    As in the study, descriptors are not rescaled, and those that fewer than LEAST_MATERIALS
    materials have are left out. Raises WarehouseError if there are no materials.
    """
    read_samples(
        connection,
        "select 1 from staging.materials "
        "where source || '_is_metal' = ? and is_metal is not null limit 1",
        [run.dataset],
        missing=f"there are no materials of {run.dataset} that are known as metals or not",
        choices="select distinct source || '_is_metal' from staging.materials "
        "where is_metal is not null order by all",
    )
    strength, fold = run.settings.strength, run.settings.test_fold
    dataset = quote(run.dataset)
    with tempfile.TemporaryDirectory(dir=spark.scratch, prefix=".query-") as name:
        entries = entries_sql(dataset, fold)
        fitted = solve_logistic(spark, entries, strength, LEAST_MATERIALS, Path(name).resolve())
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
    fit = SingleFit(MODEL, FEATURE_SPACE, facts, parameters)
    return score_single_fit(spark, run, fit, SPLIT, SCORES, score_sql(dataset, fold))


def entries_sql(dataset: str, fold: int) -> str:
    """A row per material and descriptor that it has: sample, target, is_test, feature, value."""
    return f"""
select
    training.material_id as sample,
    cast(training.is_metal as int) as target,
    training.formula_group_fold = {fold} as is_test,
    descriptors.descriptor as feature,
    descriptors.value
from marts.metal_training as training
inner join marts.metal_descriptors as descriptors
    on training.dataset = descriptors.dataset and training.material_id = descriptors.material_id
where training.dataset = '{dataset}'
"""


def score_sql(dataset: str, fold: int) -> str:
    """One row with the scores of the materials held out, and their number n.

    The area under the curve is the chance that a metal has a higher probability than a non-metal,
    equal ones counting half (Hanley and McNeil 1982, 10.1148/radiology.143.1.7063747).
    """
    return f"""
with scored as (

    select
        cast(training.is_metal as int) as target,
        scores.metal_probability as probability,
        cast(scores.metal_probability >= 0.5 as int) as predicted
    from marts.metal_scores as scores
    inner join marts.metal_training as training
        on scores.dataset = training.dataset and scores.material_id = training.material_id
    where scores.study = 'metals_fit' and scores.dataset = '{dataset}'
        and training.formula_group_fold = {fold}

),

levels as (

    select
        probability,
        cast(sum(target) as double) as metals,
        cast(count(*) - sum(target) as double) as others
    from scored
    group by probability

),

ranked as (

    select
        metals,
        others,
        sum(others) over (
            order by probability rows between unbounded preceding and current row
        ) as others_so_far
    from levels

),

areas as (

    select
        sum(metals * (others_so_far - others / 2))
        / nullif(sum(metals) * sum(others), 0) as roc_auc
    from ranked

),

counts as (

    select
        count(*) as n,
        avg((probability - target) * (probability - target)) as brier,
        cast(sum(target) as double) as metals,
        cast(sum(predicted) as double) as predicted,
        cast(sum(target * predicted) as double) as hits
    from scored

)

select
    counts.n,
    (
        hits / nullif(metals, 0)
        + (n - metals - predicted + hits) / nullif(n - metals, 0)
    ) / 2 as balanced_accuracy,
    2 * hits / nullif(metals + predicted, 0) as f1,
    areas.roc_auc,
    counts.brier
from counts
cross join areas
"""
