-- One row per mixed structure of an alloy: the folds that test it in five random divisions into
-- ten. The first division is that of features.alloy_splits. Equal decorations stay together.
with keys as (

    select
        alloy,
        structure_id,
        random_fold,
        is_locked_test,
        repetition,
        md5(
            'random fold/' || cast(repetition as varchar) || '/' || alloy || '/' || decoration_id
        ) as fold_key
    from features.alloy_splits
    cross join (select unnest([1, 2, 3, 4, 5]) as repetition) as repetitions
    where random_fold is not null

),

folds as (

    select
        alloy,
        structure_id,
        repetition,
        case
            when repetition = 1 then random_fold
            else (
                dense_rank() over (
                    partition by alloy, repetition order by is_locked_test, fold_key
                ) - 1
            ) % 10
        end as fold
    from keys

)

select
    alloy,
    structure_id,
    -- An ordered aggregate has no equivalent in Spark; sorting the pairs has.
    list_transform(
        list_sort(list(struct_pack(place := repetition, entry := fold))), lambda x: x.entry
    ) as random_folds                                      -- 1: fold 0 to 9 in each of five divisions
from folds
group by alloy, structure_id
