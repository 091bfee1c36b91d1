-- One row per sample of a property that is a number, model and split: what the model said of it, unseen.
select
    dataset,
    model,
    split,
    sample_id,
    sample_group,
    fold,
    target,
    prediction,
    prediction - target as error                           -- unit of the property, as it was fitted: what was predicted less what is
from staging.predictions
where
    study = 'property'
    and label = ''
