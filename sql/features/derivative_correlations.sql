-- One row per orbit of a cluster space and derivative structure: the mean product of point
-- functions in it. What features.cluster_correlations does for alloys; millions of structures stream.
select
    counts.cluster_space_id,
    counts.decoration_id,
    orbits.orbit_index,
    (
        orbits.n_clusters * orbits.first_correlation
        + list_inner_product(orbits.count_values, counts.n_counted)
    ) / orbits.n_clusters as correlation                   -- 1: mean product of the sites' point functions in the orbit; with two species of their spins
from features.derivative_mask_counts as counts
inner join staging.supercell_orbits as orbits
    on counts.cluster_space_id = orbits.cluster_space_id
    and counts.supercell_id = orbits.supercell_id
