-- One row per orbit of a cluster space and derivative structure: the orbit's mean product of spins.
-- What features.cluster_correlations does for alloys; millions of structures stream.
with orbits as (

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
from features.derivative_mask_parities as parities
inner join orbits
    on parities.cluster_space_id = orbits.cluster_space_id
    and parities.supercell_id = orbits.supercell_id
