-- One row per sample of a property, split and model that was judged beside the selected one: what either
-- loses on it. A loss is the size of an error, or of classes the log loss.
with losses as (

    select
        dataset,
        model,
        split,
        sample_id,
        sample_group,
        fold,
        abs(error) as loss,
        error * error as squared_error
    from marts.property_predictions

    union all

    -- The smallest step from 1 bounds what a class that was called impossible costs.
    select
        dataset,
        model,
        split,
        sample_id,
        sample_group,
        fold,
        -ln(greatest(probability, 2.220446049250313e-16)) as loss,
        cast(null as double) as squared_error
    from marts.property_probabilities
    where is_class

),

selected as (

    select
        losses.dataset,
        losses.split,
        losses.sample_id,
        losses.loss
    from losses
    inner join staging.models as models
        on losses.dataset = models.dataset
        and losses.model = models.model
    where
        models.study = 'property'
        and models.is_selected

)

select
    losses.dataset,
    losses.model,
    losses.split,
    losses.sample_id,
    coalesce(nullif(losses.sample_group, ''), losses.sample_id) as sample_group,  -- samples that err alike: reduced formula or chemical system, or the sample alone if that is not told
    losses.fold,
    losses.loss,                                           -- unit of the property, as it was fitted, or of classes 1: size of the error, or log loss
    losses.squared_error,                                  -- square of that unit: NULL of classes
    losses.loss - selected.loss as difference              -- unit of `loss`: what the model loses more than the selected one
from losses
inner join selected
    on losses.dataset = selected.dataset
    and losses.split = selected.split
    and losses.sample_id = selected.sample_id
