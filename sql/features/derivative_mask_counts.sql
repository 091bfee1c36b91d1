-- One row per cluster space and derivative structure: how many masks of each class count in it. What
-- features.mask_counts does for alloys.
select
    masks.cluster_space_id,
    structures.decoration_id,
    masks.supercell_id,
    case
        when masks.counts_spins then list_transform(
            masks.site_masks,
            lambda class: cast(
                array_length(
                    list_filter(class, lambda mask: bit_count(structures.occupation & mask) & 1 = 1)
                ) as double
            )
        )
        else list_transform(
            masks.site_masks,
            lambda class: cast(
                array_length(
                    list_filter(class, lambda mask: structures.occupation & mask = mask)
                ) as double
            )
        )
    end as n_counted           -- 1: masks of each class that count
from staging.derivative_structures as structures
inner join staging.supercell_masks as masks
    on structures.supercell_id = masks.supercell_id
