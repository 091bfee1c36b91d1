-- One row per orbit of a cluster space and structure: the orbit's mean product of spins.
-- The masks of a class count equally in every orbit, so each is looked at once, not once per
-- orbit; and without a group by, results of any size stream.
select
    parities.cluster_space_id,
    parities.alloy,
    parities.structure_id,
    orbits.orbit_index,
    (orbits.n_clusters - 2 * list_inner_product(orbits.weights, parities.n_odd_masks))
        / orbits.n_clusters as correlation                 -- 1: mean product of spins in the orbit
from features.mask_parities as parities
inner join staging.supercell_orbits as orbits
    on parities.cluster_space_id = orbits.cluster_space_id
    and parities.supercell_id = orbits.supercell_id
