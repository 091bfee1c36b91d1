-- One row per parameter at one strength of regularisation, fitted to the training part.
select
    study,
    dataset,
    model,
    l1_ratio,
    strength,
    feature,
    run_id,
    parameter
from raw.parameter_paths
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
