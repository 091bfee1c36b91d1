-- Each mixed structure has a fold in five random divisions, equal decorations the same ones, and
-- the first division is that of features.alloy_splits.
select
    splits.alloy,
    splits.decoration_id,
    count(folds.structure_id) as n_divided,
    count(*) as n_structures,
    count(distinct folds.random_folds) as n_divisions
from features.alloy_splits as splits
left join features.alloy_random_folds as folds
    on splits.alloy = folds.alloy
    and splits.structure_id = folds.structure_id
where splits.random_fold is not null
group by splits.alloy, splits.decoration_id
having
    count(folds.structure_id) <> count(*)
    or count(distinct folds.random_folds) <> 1
    or min(array_length(folds.random_folds)) <> 5
    or max(abs(folds.random_folds[1] - splits.random_fold)) <> 0
