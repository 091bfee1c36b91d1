-- One row per descriptor of a material: what it adds to the logit of a metal, by the classifier
-- that is the study's choice, fitted to all materials of the data set, or by the single fit.
select
    models.study,                                          -- metals, or metals_fit for a single fit
    descriptors.dataset,
    descriptors.material_id,
    descriptors.descriptor_set,
    descriptors.descriptor_kind,
    descriptors.descriptor_elements,
    descriptors.descriptor,
    descriptors.value,
    parameters.parameter,
    descriptors.value * parameters.parameter as contribution  -- 1: part of the logit
from marts.metal_descriptors as descriptors
inner join staging.model_parameters as parameters
    on descriptors.dataset = parameters.dataset
    and descriptors.descriptor = parameters.feature
inner join staging.models as models
    on parameters.study = models.study
    and parameters.dataset = models.dataset
    and parameters.model = models.model
    and parameters.run_id = models.run_id
where models.study in ('metals', 'metals_fit') and models.is_selected
