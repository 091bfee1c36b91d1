-- One row per descriptor whose weight was fitted again without each of a few parts of the samples, which
-- have no formula in common: how uncertain it is, by the jackknife (Miller 1974, doi:10.1093/biomet/61.1.1).
select
    study,
    dataset,
    model,
    run_id,
    feature as descriptor,                                      -- what the weight multiplies
    sqrt((count(*) - 1) * var_pop(parameter)) as weight_error,  -- unit of the property, as it was fitted, or of a class its logit, over that of the descriptor: standard error of the weight
    count(*) as n_parts                                         -- 1: parts of the samples, and fits without one
from staging.parameter_draws
where origin = 'jackknife'
group by
    study,
    dataset,
    model,
    run_id,
    feature
