-- One row per cluster space and structure of two species: how many masks of each class count in it.
-- A spin is +1 on a site with the first species and -1 with the second; the product of spins over a
-- cluster is -1 where an odd number of its sites has the second, and such masks count.
select
    masks.cluster_space_id,
    mappings.alloy,
    mappings.structure_id,
    masks.supercell_id,
    list_transform(
        masks.site_masks,
        lambda class: cast(
            array_length(
                list_filter(class, lambda mask: bit_count(mappings.occupation & mask) & 1 = 1)
            ) as double
        )
    ) as n_counted             -- 1: masks of each class that count
from staging.lattice_mappings as mappings
inner join staging.supercell_masks as masks
    on mappings.supercell_id = masks.supercell_id
where masks.counts_spins
