-- One row per material, model and split: the probability that it is a metal, by a model
-- that was fitted without it. The split experiment trains on calculated labels and tests measured
-- ones, calculation the other way round.
select
    predictions.dataset,                                 -- data set that the model was fitted to
    predictions.model,
    predictions.split,
    predictions.fold,
    predictions.sample_id as material_id,                -- identifier within the source
    materials.formula,
    models.is_selected,
    predictions.target = 1 as is_metal,                  -- whether the source says metal
    predictions.prediction as metal_probability          -- 1: by the classifier
from staging.predictions as predictions
inner join staging.models as models
    on predictions.study = models.study
    and predictions.dataset = models.dataset
    and predictions.model = models.model
    and predictions.run_id = models.run_id
inner join features.labelled_materials as materials
    on predictions.sample_id = materials.material_id
    and materials.dataset = case
        when predictions.split = 'experiment' then 'matbench_expt_is_metal'
        when predictions.split = 'calculation' then 'matbench_mp_is_metal'
        else predictions.dataset
    end
where predictions.study = 'metals'
