-- One row per property, split and model that was judged beside the selected one: how much more it loses
-- on the same samples, unseen. A loss is the size of an error, or of classes the log loss. A model that
-- minimised squares is not to be judged by sizes alone. Errors count by their sizes even where a quantile
-- other than the median was predicted, of which `marts.metrics` has the pinball loss.
with losses as (

    select
        dataset,
        model,
        split,
        sample_id,
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


),

differences as (

    select
        losses.dataset,
        losses.model,
        losses.split,
        losses.fold,
        losses.loss,
        losses.squared_error,
        losses.loss - selected.loss as difference
    from losses
    inner join selected
        on losses.dataset = selected.dataset
        and losses.split = selected.split
        and losses.sample_id = selected.sample_id

),

-- Fits to other training parts differ, which samples of one fold share.
folds as (

    select
        dataset,
        model,
        split,
        fold,
        avg(difference) as difference
    from differences
    group by
        dataset,
        model,
        split,
        fold

),

fold_errors as (

    select
        dataset,
        model,
        split,
        count(*) as n_folds,
        stddev_samp(difference) as spread
    from folds
    group by
        dataset,
        model,
        split

)

select
    differences.dataset,
    differences.model,
    differences.split,
    avg(differences.loss) as loss,                         -- unit of the property, as it was fitted, or of classes 1: mean size of an error, or log loss
    sqrt(avg(differences.squared_error)) as root_mean_square_error,  -- unit of `loss`: root of the mean square of the errors; NULL of classes
    avg(differences.difference) as difference,             -- unit of `loss`: what the model loses more than the selected one, which is below 0 if it is better
    greatest(
        stddev_samp(differences.difference) / sqrt(count(*)),
        coalesce(
            max(fold_errors.spread) * sqrt(1.0 / max(fold_errors.n_folds) + 1.0 / nullif(max(fold_errors.n_folds) - 1, 0)),
            0
        )
    ) as difference_error,                                 -- unit of `loss`: standard error of the difference, over samples or, if it is larger, over folds, for which both models were fitted anew; of k folds that share training samples it is the deviation of their means times sqrt(1/k + 1/(k - 1)) (Nadeau and Bengio 2003, doi:10.1023/A:1024068626366)
    count(*) as n_compared                                 -- 1: samples that both were judged on
from differences
inner join fold_errors
    on differences.dataset = fold_errors.dataset
    and differences.model = fold_errors.model
    and differences.split = fold_errors.split
group by
    differences.dataset,
    differences.model,
    differences.split
