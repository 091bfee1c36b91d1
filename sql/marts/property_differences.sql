-- One row per property, split and model that was judged beside the selected one: how much more it loses
-- on the same samples, unseen. A loss is the size of an error, or of classes the log loss. A model that
-- minimised squares is not to be judged by sizes alone.
with losses as (

    select
        dataset,
        model,
        split,
        sample_id,
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
    avg(losses.loss) as loss,                              -- unit of the property, as it was fitted, or of classes 1: mean size of an error, or log loss
    sqrt(avg(losses.squared_error)) as root_mean_square_error,  -- unit of `loss`: root of the mean square of the errors; NULL of classes
    avg(losses.loss - selected.loss) as difference,        -- unit of `loss`: what the model loses more than the selected one, which is below 0 if it is better
    stddev_samp(losses.loss - selected.loss) / sqrt(count(*)) as difference_error,  -- unit of `loss`: standard error of the difference over samples
    count(*) as n_compared                                 -- 1: samples that both were judged on
from losses
inner join selected
    on losses.dataset = selected.dataset
    and losses.split = selected.split
    and losses.sample_id = selected.sample_id
group by
    losses.dataset,
    losses.model,
    losses.split
