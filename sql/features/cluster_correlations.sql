-- One row per orbit of a cluster space and structure: the orbit's mean product of point functions.
-- The masks of a class count equally in every orbit, so each is looked at once, not once per
-- orbit; and without a group by, results of any size stream. Structures of several species in which
-- equally many masks count share the sums over classes, which are long there: the sums know a set by
-- its number, and its structures come last.
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

),

of_structures as (

    select
        counts.cluster_space_id,
        counts.alloy,
        counts.structure_id,
        orbits.orbit_index,
        (
            orbits.n_clusters * orbits.first_correlation
            + list_inner_product(orbits.count_values, counts.n_counted)
        ) / orbits.n_clusters as correlation
    from counts
    inner join staging.supercell_orbits as orbits
        on counts.cluster_space_id = orbits.cluster_space_id
        and counts.supercell_id = orbits.supercell_id

),

sets as (

    select
        cluster_space_id,
        alloy,
        supercell_id,
        set_number,
        structure_ids,
        n_counted
    from features.species_counts

),

members as (

    select
        cluster_space_id,
        alloy,
        set_number,
        unnest(structure_ids) as structure_id
    from sets

),

of_sets as (

    select
        sets.set_number,
        orbits.orbit_index,
        (
            orbits.n_clusters * orbits.first_correlation
            + list_inner_product(orbits.count_values, sets.n_counted)
        ) / orbits.n_clusters as correlation
    from sets
    inner join staging.supercell_orbits as orbits
        on sets.cluster_space_id = orbits.cluster_space_id
        and sets.supercell_id = orbits.supercell_id

),

correlations as (

    select
        cluster_space_id,
        alloy,
        structure_id,
        orbit_index,
        correlation
    from of_structures
    union all
    select
        members.cluster_space_id,
        members.alloy,
        members.structure_id,
        of_sets.orbit_index,
        of_sets.correlation
    from of_sets
    inner join members
        on of_sets.set_number = members.set_number

)

select
    cluster_space_id,
    alloy,
    structure_id, -- the source's name of the structure
    orbit_index,
    correlation   -- 1: mean product of the sites' point functions in the orbit; with two species of their spins
from correlations
