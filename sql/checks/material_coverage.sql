-- Each material of a benchmark of metals stands, with its label, in what the classifier reads.
select
    folds.benchmark,
    folds.material_id,
    training.is_metal
from staging.benchmark_folds as folds
left join marts.metal_training as training
    on folds.benchmark = training.dataset
    and folds.material_id = training.material_id
where folds.benchmark like '%_is_metal'
    and training.is_metal is null
