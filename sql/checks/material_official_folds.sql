-- Each benchmark has the five official folds 0 to 4, and each of its materials is in one.
with folds as (

    select
        benchmark,
        count(*) as n_rows,
        count(distinct material_id) as n_materials,
        count(distinct official_fold) as n_folds,
        min(official_fold) as first_fold,
        max(official_fold) as last_fold
    from staging.benchmark_folds
    group by benchmark

)

select
    benchmark,
    n_rows,
    n_materials,
    n_folds,
    first_fold,
    last_fold
from folds
where
    n_rows <> n_materials
    or n_folds <> 5
    or first_fold <> 0
    or last_fold <> 4
