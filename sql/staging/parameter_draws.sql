-- One row per parameter of one draw of a model: how uncertain its parameters are.
select
    study,
    dataset,
    model,
    origin,
    draw,
    feature,
    run_id,
    parameter
from raw.parameter_draws
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
