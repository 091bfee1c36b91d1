-- One row per single fit of a classifier: its scores on the materials of the fold that was held out.
-- The area under the curve is the chance that a metal has a higher probability than a non-metal,
-- equal ones counting half (Hanley and McNeil 1982, 10.1148/radiology.143.1.7063747).
with scored as (

    select
        models.dataset,
        models.model,
        models.run_id,
        training.formula_group_fold,
        cast(training.is_metal as int) as target,
        scores.metal_probability as probability,
        cast(scores.metal_probability >= 0.5 as int) as predicted
    from staging.models as models
    inner join marts.metal_scores as scores
        on models.study = scores.study
        and models.dataset = scores.dataset
    inner join marts.metal_training as training
        on scores.dataset = training.dataset
        and scores.material_id = training.material_id
        and cast(json_extract_string(models.hyperparameters, '$.test_fold') as bigint)
        = training.formula_group_fold
    where models.study = 'metals_fit'

),

levels as (

    select
        run_id,
        probability,
        cast(sum(target) as double) as metals,
        cast(count(*) - sum(target) as double) as others
    from scored
    group by run_id, probability

),

ranked as (

    select
        run_id,
        metals,
        others,
        sum(others) over (
            partition by run_id
            order by probability rows between unbounded preceding and current row
        ) as others_so_far
    from levels

),

areas as (

    select
        run_id,
        sum(metals * (others_so_far - others / 2))
        / nullif(sum(metals) * sum(others), 0) as roc_auc
    from ranked
    group by run_id

),

counts as (

    select
        dataset,
        model,
        run_id,
        formula_group_fold as test_fold,
        count(*) as n,
        avg((probability - target) * (probability - target)) as brier,
        cast(sum(target) as double) as metals,
        cast(sum(predicted) as double) as predicted,
        cast(sum(target * predicted) as double) as hits
    from scored
    group by dataset, model, run_id, formula_group_fold

)

select
    counts.dataset,                                        -- name of the data set, as Matbench has it
    counts.model,
    counts.run_id,
    counts.test_fold,                                      -- 1: fold 0 to 4 of formula_group_fold
    counts.n,                                              -- 1: materials held out
    (
        counts.hits / nullif(counts.metals, 0)
        + (counts.n - counts.metals - counts.predicted + counts.hits)
        / nullif(counts.n - counts.metals, 0)
    ) / 2 as balanced_accuracy,                            -- 1: mean of the shares of metals and of non-metals that are called rightly; NULL without both
    2 * counts.hits / nullif(counts.metals + counts.predicted, 0) as f1,  -- 1: harmonic mean of precision and recall
    areas.roc_auc,                                         -- 1: chance that a metal has a higher probability than a non-metal; NULL without both
    counts.brier                                           -- 1: mean square of probability less label
from counts
inner join areas
    on counts.run_id = areas.run_id
