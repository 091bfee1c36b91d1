-- Pure elements are never tested, mixed structures always are, and twins are tested together.
with compositions as (

    select
        alloy,
        structure_id,
        concentration > 0 and concentration < 1 as is_mixed
    from features.alloy_compositions

)

select
    splits.alloy,
    splits.structure_id,
    compositions.is_mixed,
    splits.random_fold,
    splits.is_locked_test,
    twins.random_fold as random_fold_of_twin,
    twins.is_locked_test as is_locked_test_of_twin
from features.alloy_splits as splits
inner join compositions
    on splits.alloy = compositions.alloy
    and splits.structure_id = compositions.structure_id
inner join features.alloy_splits as twins
    on splits.alloy = twins.alloy
    and splits.twin_id = twins.structure_id
where
    (splits.random_fold is not null) <> compositions.is_mixed
    or (splits.is_locked_test and not compositions.is_mixed)
    or splits.random_fold <> twins.random_fold
    or splits.is_locked_test <> twins.is_locked_test
