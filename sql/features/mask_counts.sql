-- One row per cluster space and structure: how many masks of each class count in it.
-- With two species a spin is +1 on a site with the first and -1 with the second; the product of
-- spins over a cluster is -1 where an odd number of its sites has the second, and such masks count.
-- With more of them a mask has a bit of each site of a cluster, for the species of which it is the
-- indicator; it counts where the structure has all of these bits.
select
    masks.cluster_space_id,
    mappings.alloy,
    mappings.structure_id,
    masks.supercell_id,
    case
        when masks.counts_spins then list_transform(
            masks.site_masks,
            lambda class: cast(
                array_length(
                    list_filter(class, lambda mask: bit_count(mappings.occupation & mask) & 1 = 1)
                ) as double
            )
        )
        else list_transform(
            masks.site_masks,
            lambda class: cast(
                array_length(
                    list_filter(class, lambda mask: mappings.occupation & mask = mask)
                ) as double
            )
        )
    end as n_counted           -- 1: masks of each class that count
from staging.lattice_mappings as mappings
inner join staging.supercell_masks as masks
    on mappings.supercell_id = masks.supercell_id
