-- One row per property, split and model that was judged beside the selected one: how much more it loses
-- on the same samples, unseen. A loss is the size of an error, or of classes the log loss. A model that
-- minimised squares is not to be judged by sizes alone. Errors count by their sizes even where a quantile
-- other than the median was predicted, of which `marts.metrics` has the pinball loss.
-- Samples of a formula, or of a chemical system where the split holds out these, err alike: the error is
-- over such groups, and not over samples.
with groups as (

    select
        dataset,
        model,
        split,
        sum(difference) as total,
        count(*) as n_samples,
        sum(sum(difference)) over of_model / sum(count(*)) over of_model as mean
    from marts._loss_differences
    group by
        dataset,
        model,
        split,
        sample_group
    window of_model as (partition by dataset, model, split)

),

group_errors as (

    select
        dataset,
        model,
        split,
        sqrt(
            count(*) / nullif(count(*) - 1.0, 0)
            * sum((total - n_samples * mean) * (total - n_samples * mean))
        ) / sum(n_samples) as group_error
    from groups
    group by
        dataset,
        model,
        split

),

-- Fits to other training parts differ, which samples of one fold share.
folds as (

    select
        dataset,
        model,
        split,
        fold,
        avg(difference) as difference
    from marts._loss_differences
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
        max(group_errors.group_error),
        coalesce(
            max(fold_errors.spread) * sqrt(1.0 / max(fold_errors.n_folds) + 1.0 / nullif(max(fold_errors.n_folds) - 1, 0)),
            0
        )
    ) as difference_error,                                 -- unit of `loss`: standard error of the difference, over groups of samples that err alike (`sample_group`; Liang and Zeger 1986, doi:10.1093/biomet/73.1.13) or, if it is larger, over folds, for which both models were fitted anew; of k folds that share training samples it is the deviation of their means times sqrt(1/k + 1/(k - 1)) (Nadeau and Bengio 2003, doi:10.1023/A:1024068626366)
    count(*) as n_compared                                 -- 1: samples that both were judged on
from marts._loss_differences as differences
inner join group_errors
    on differences.dataset = group_errors.dataset
    and differences.model = group_errors.model
    and differences.split = group_errors.split
inner join fold_errors
    on differences.dataset = fold_errors.dataset
    and differences.model = fold_errors.model
    and differences.split = fold_errors.split
group by
    differences.dataset,
    differences.model,
    differences.split
