-- One row per parameter of a fitted model.
select
    study,
    dataset,
    model,
    feature,
    label,
    run_id,
    parameter,
    scale
from raw.model_parameters
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
