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
