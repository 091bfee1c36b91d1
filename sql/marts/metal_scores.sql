-- One row per material and fitted classifier: logit and probability of a metal, summed up in SQL.
-- The study's was fitted to these very materials; `metal_predictions` has what was said without
-- seeing them. A single fit has not seen its test fold.
with sums as (

    select
        study,
        dataset,
        material_id,
        sum(contribution) as total_contribution
    from marts.metal_contributions
    group by study, dataset, material_id

)

select
    models.study,                                          -- metals, or metals_fit for a single fit
    training.dataset,
    training.material_id,
    training.formula,
    training.is_metal,
    parameters.parameter + coalesce(sums.total_contribution, 0) as logit,  -- 1: intercept plus all contributions
    1 / (1 + exp(-(parameters.parameter + coalesce(sums.total_contribution, 0))))
        as metal_probability                               -- 1: logistic function of the logit
from marts.metal_training as training
inner join staging.models as models
    on training.dataset = models.dataset
    and models.study in ('metals', 'metals_fit')
    and models.is_selected
inner join staging.model_parameters as parameters
    on models.study = parameters.study
    and models.dataset = parameters.dataset
    and models.model = parameters.model
    and models.run_id = parameters.run_id
    and parameters.feature = 'intercept'
left join sums
    on models.study = sums.study
    and training.dataset = sums.dataset
    and training.material_id = sums.material_id
