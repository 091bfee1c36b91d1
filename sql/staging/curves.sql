-- One row per point of a curve: the score of a model at one setting of something swept.
select
    study,
    dataset,
    curve,
    model,
    series,
    setting,
    split,
    part,
    metric,
    run_id,
    value,
    unit,
    standard_error,
    n
from raw.curves
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
