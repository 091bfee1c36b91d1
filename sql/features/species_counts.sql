-- One row per cluster space and set of structures of several species in which equally many masks of
-- each class count, so that they have equal correlations.
-- A mask has a bit of each site of a cluster, for the species of which it is the indicator; it counts
-- where the structure has all of these bits.
with decorations as (

    select
        alloy,
        supercell_id,
        occupation,
        list_sort(list(structure_id)) as structure_ids
    from staging.lattice_mappings
    where supercell_id in (select supercell_id from staging.supercell_masks where not counts_spins)
    group by alloy, supercell_id, occupation

),

counts as (

    select
        masks.cluster_space_id,
        decorations.alloy,
        masks.supercell_id,
        decorations.structure_ids,
        list_transform(
            masks.site_masks,
            lambda class: cast(
                array_length(
                    list_filter(class, lambda mask: decorations.occupation & mask = mask)
                ) as double
            )
        ) as n_counted
    from decorations
    inner join staging.supercell_masks as masks
        on decorations.supercell_id = masks.supercell_id
    where not masks.counts_spins

)

select
    cluster_space_id,
    alloy,
    min(structure_ids[1]) as structure_id,                    -- the source's name of one of the structures
    supercell_id,
    row_number() over (
        order by cluster_space_id, alloy, min(structure_ids[1])
    ) as set_number,                                          -- the set's number, from 1 to all sets
    list_sort(flatten(list(structure_ids))) as structure_ids, -- the source's names of the structures
    n_counted                                                 -- 1: masks of each class that count
from counts
group by cluster_space_id, alloy, supercell_id, n_counted
