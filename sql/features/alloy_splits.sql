-- One row per mapped structure of an alloy: the parts of the data that it belongs to.
-- Digests of names decide, so that every engine and every run agree. Structures with equal
-- decorations of the lattice share their parts: a test never knows the answer.
with structures as (

    select
        mappings.alloy,
        mappings.structure_id,
        mappings.decoration_id,
        compositions.composition_group,
        compositions.n_atoms,
        not compositions.is_end_member as is_mixed,
        md5('locked test/' || mappings.alloy || '/' || mappings.decoration_id) as locked_key,
        md5('random fold/' || mappings.alloy || '/' || mappings.decoration_id) as fold_key
    from staging.lattice_mappings as mappings
    inner join features.alloy_compositions as compositions
        on mappings.alloy = compositions.alloy
        and mappings.structure_id = compositions.structure_id

),

ranked as (

    select
        alloy,
        structure_id,
        decoration_id,
        composition_group,
        n_atoms,
        is_mixed,
        locked_key,
        fold_key,
        dense_rank() over (partition by alloy, is_mixed order by locked_key) as place
    from structures

),

drawn as (

    -- Of a hundred decorations or more the key alone decides, so that other structures have no say:
    -- hexadecimal 3333 is a fifth of ffff. Of fewer, that may be a tenth or a third: the first
    -- fifth by the key is drawn.
    select
        alloy,
        structure_id,
        decoration_id,
        composition_group,
        n_atoms,
        is_mixed,
        fold_key,
        case
            when max(place) over (partition by alloy, is_mixed) >= 100 then locked_key < '3333'
            else place <= round(max(place) over (partition by alloy, is_mixed) / 5)
        end as is_drawn
    from ranked

)

select
    alloy,
    structure_id,
    decoration_id,
    composition_group,
    n_atoms,
    case
        when is_mixed then (
            dense_rank() over (partition by alloy, is_mixed order by is_drawn, fold_key) - 1
        ) % 10
    end as random_fold,                                    -- 1: fold 0 to 9 that tests this row; NULL for pure elements and other end members
    is_mixed and is_drawn as is_locked_test                -- whether the row is kept for the last test
from drawn
