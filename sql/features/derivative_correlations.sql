-- One row per orbit of a cluster space and derivative structure: the orbit's mean product of spins.
-- What features.cluster_correlations does for alloys; millions of structures stream.
with parities as (

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
        ) as n_odd_masks
    from staging.derivative_structures as structures
    inner join staging.supercell_masks as masks
        on structures.supercell_id = masks.supercell_id

),

orbits as (

    select
        cluster_space_id,
        supercell_id,
        orbit_index,
        n_clusters,
        cast(weights as double[]) as weights
    from staging.supercell_orbits

)

select
    parities.cluster_space_id,
    parities.decoration_id,
    orbits.orbit_index,
    (orbits.n_clusters - 2 * list_inner_product(orbits.weights, parities.n_odd_masks))
        / orbits.n_clusters as correlation                 -- 1: mean product of spins in the orbit
from parities
inner join orbits
    on parities.cluster_space_id = orbits.cluster_space_id
    and parities.supercell_id = orbits.supercell_id
