-- One row per sample, split and, of classes, label: what a model said of the sample. It had not seen the sample, but
-- for the split `training`.
select
    study,
    dataset,
    model,
    split,
    sample_id,
    label,
    sample_group,
    run_id,
    fold,
    target,
    prediction
from raw.predictions
-- A run that `models` does not name was stopped while it was written.
where run_id in (select run_id from raw.models)
