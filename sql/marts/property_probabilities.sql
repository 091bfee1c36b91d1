-- One row per sample of a property that is a class, model, split and class: how probable the model called
-- the class, unseen. The called class of a sample is the most probable one.
select
    dataset,
    model,
    split,
    sample_id,
    label,
    sample_group,
    fold,
    target = 1 as is_class,                                -- whether the sample is of this class
    prediction as probability,                             -- 1: what the model gave the class, 0 to 1; those of a sample add up to 1
    row_number() over (
        partition by dataset, model, split, sample_id
        order by prediction desc, label
    ) as probability_rank                                  -- 1: place of the class among those of the sample; 1 is called
from staging.predictions
where
    study = 'property'
    and label <> ''
