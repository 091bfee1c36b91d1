-- One row per orbit of a cluster space and structure: the orbit's mean product of point functions.
-- The masks of a class count equally in every orbit, so each is looked at once, not once per
-- orbit; and without a group by, results of any size stream.
with counts as (

    select
        cluster_space_id,
        alloy,
        structure_id,
        supercell_id,
        n_counted
    from features.mask_counts
    union all
    select
        cluster_space_id,
        alloy,
        structure_id,
        supercell_id,
        n_counted
    from features.translation_counts

)

select
    counts.cluster_space_id,
    counts.alloy,
    counts.structure_id,
    orbits.orbit_index,
    (
        orbits.n_clusters * orbits.first_correlation
        + list_inner_product(orbits.count_values, counts.n_counted)
    ) / orbits.n_clusters as correlation                   -- 1: mean product of the sites' point functions in the orbit; with two species of their spins
from counts
inner join staging.supercell_orbits as orbits
    on counts.cluster_space_id = orbits.cluster_space_id
    and counts.supercell_id = orbits.supercell_id
