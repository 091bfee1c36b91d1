-- One row per orbit of a cluster space in a supercell: what its masks count.
select
    cluster_space_id,
    supercell_id,
    orbit_index,
    n_clusters,
    cast(weights as double[]) as weights,                  -- 1: clusters of the orbit that share one site mask, for each class of masks; NULL with more than two species
    -- Beside each other, NULLs of either kind leave entries that no list has, and an inner product in
    -- DuckDB does not take them: so the entries are picked.
    list_filter(
        coalesce(list_transform(weights, lambda x: -2.0 * x), species_weights),
        lambda x: x is not null
    ) as count_values,                                     -- 1: what a mask of each class that counts adds to the sum over the orbit's clusters; with two species -2 for each cluster, whose product turns from +1 to -1
    coalesce(first_correlation, 1.0) as first_correlation  -- 1: correlation where the first species is on every site
from raw.supercell_orbits
-- What other orbits than those that are there gave belongs to a write that was stopped.
where (cluster_space_id, orbits_digest) in (select cluster_space_id, orbits_digest from raw.orbits)
