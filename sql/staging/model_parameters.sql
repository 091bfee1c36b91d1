-- One row per parameter of a fitted model.
select
    study,
    dataset,
    model,
    feature,
    run_id,
    parameter,
    scale
from raw.model_parameters
