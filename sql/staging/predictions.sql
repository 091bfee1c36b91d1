-- One row per sample and split: what a model said of the sample. It had not seen the sample, but
-- for the split `training`.
select
    study,
    dataset,
    model,
    split,
    sample_id,
    run_id,
    fold,
    target,
    prediction
from raw.predictions
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
