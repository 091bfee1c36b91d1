-- One row per mapped structure of an alloy: the parts of the data that it belongs to.
-- Digests of names decide, so that every engine and every run agree. Structures that no
-- cluster vector tells apart are twins and share their parts: a test never knows the answer.
with twins_by_space as (

    select
        alloy,
        structure_id,
        min(structure_id) over (
            partition by cluster_space_id, alloy, cluster_vector
        ) as twin_id
    from features.cluster_vectors

),

twins as (

    -- Of nested spaces the finest has the fewest twins, hence the greatest first name.
    select
        alloy,
        structure_id,
        max(twin_id) as twin_id
    from twins_by_space
    group by alloy, structure_id

),

structures as (

    select
        twins.alloy,
        twins.structure_id,
        twins.twin_id,
        compositions.n_atoms,
        compositions.composition_group,
        compositions.concentration > 0 and compositions.concentration < 1 as is_mixed,
        -- Hexadecimal 3333 is a fifth of ffff: other structures have no say in it.
        md5('locked test/' || twins.alloy || '/' || twins.twin_id) < '3333' as is_drawn,
        md5('random fold/' || twins.alloy || '/' || twins.twin_id) as fold_key
    from twins
    inner join features.alloy_compositions as compositions
        on twins.alloy = compositions.alloy
        and twins.structure_id = compositions.structure_id

)

select
    alloy,
    structure_id,
    twin_id,                                               -- first structure of the alloy with the same cluster vector
    composition_group,
    n_atoms,
    case
        when is_mixed then (
            dense_rank() over (partition by alloy, is_mixed order by is_drawn, fold_key) - 1
        ) % 10
    end as random_fold,                                    -- 1: fold 0 to 9 that tests this row; NULL for pure elements
    is_mixed and is_drawn as is_locked_test                -- whether the row is kept for the last test
from structures
