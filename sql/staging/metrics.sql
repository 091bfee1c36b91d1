-- One row per score of a model on a split.
select
    study,
    dataset,
    model,
    split,
    metric,
    run_id,
    value,
    unit,
    std,
    n
from raw.metrics
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
