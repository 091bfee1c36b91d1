-- One row per element of a labelled material.
with entries as (

    select
        source,
        material_id,
        unnest(composition) as entry
    from features.labelled_materials as materials

)

select
    source,
    material_id,
    entry.element as element,                              -- chemical symbol
    entry.amount as amount,                                -- 1: atoms of the element in `formula`
    entry.amount / sum(entry.amount) over (
        partition by source, material_id
    ) as atomic_fraction                                   -- 1: share of the atoms
from entries
