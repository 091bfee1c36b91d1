"""One classifier at one strength, with a fold of formulas held out: what it reads, its scores."""

SPLIT = "formula_groups"
FEATURE_SPACE = "marts.metal_descriptors"
MODEL = "logistic_regression"
SCORES = {"balanced_accuracy": "1", "f1": "1", "roc_auc": "1", "brier": "1"}
"""Scores that `score_sql` gives, and their units."""


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
