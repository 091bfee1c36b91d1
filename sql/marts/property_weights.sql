-- One row per descriptor of the fitted model of a property, and of several classes per class; the
-- intercept is none. Of two classes the weights are those of the second.
select
    parameters.dataset,
    parameters.model,
    parameters.feature as descriptor,                      -- what the weight multiplies: a descriptor in words, or one of Magpie's averages
    parameters.label,
    parameters.parameter,
    parameters.scale,
    parameters.parameter * parameters.scale as effect,     -- unit of the property, as it was fitted, or of a class its logit: what one standard deviation of the descriptor adds
    errors.weight_error * parameters.scale as effect_error -- unit of the property, as it was fitted, or of a class its logit: standard error of the effect; NULL of small effects and of several classes
from staging.model_parameters as parameters
left join marts.weight_errors as errors
    on parameters.study = errors.study
    and parameters.dataset = errors.dataset
    and parameters.model = errors.model
    and parameters.run_id = errors.run_id
    and parameters.feature = errors.descriptor
where
    parameters.study = 'property'
    and parameters.scale is not null
