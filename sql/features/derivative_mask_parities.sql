-- One row per cluster space and derivative structure: in which masks the second element's sites are
-- odd. What features.mask_parities does for alloys.
select
    masks.cluster_space_id,
    structures.decoration_id,
    masks.supercell_id,
    list_transform(
        masks.site_masks,
        lambda class: cast(
            array_length(
                list_filter(class, lambda mask: bit_count(structures.occupation & mask) & 1 = 1)
            ) as double
        )
    ) as n_odd_masks           -- 1: masks of each class whose product of spins is -1
from staging.derivative_structures as structures
inner join staging.supercell_masks as masks
    on structures.supercell_id = masks.supercell_id
