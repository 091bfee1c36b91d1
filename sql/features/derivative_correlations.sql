-- One row per orbit of a cluster space and derivative structure: the orbit's mean product of spins.
-- What features.cluster_correlations does for alloys; millions of structures stream.
select
    parities.cluster_space_id,
    parities.decoration_id,
    orbits.orbit_index,
    (orbits.n_clusters - 2 * list_inner_product(orbits.weights, parities.n_odd_masks))
        / orbits.n_clusters as correlation                 -- 1: mean product of spins in the orbit
from features.derivative_mask_parities as parities
inner join staging.supercell_orbits as orbits
    on parities.cluster_space_id = orbits.cluster_space_id
    and parities.supercell_id = orbits.supercell_id
