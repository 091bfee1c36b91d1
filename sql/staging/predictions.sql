-- One row per sample and split: what a model said that had not seen the sample.
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
