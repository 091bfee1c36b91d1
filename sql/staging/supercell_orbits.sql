-- One row per orbit of a cluster space in a supercell: which masks its clusters have.
select
    cluster_space_id,
    supercell_id,
    orbit_index,
    n_clusters,
    cast(weights as double[]) as weights                   -- 1: clusters of the orbit that share one site mask, for each class of masks; as inner products take them
from raw.supercell_orbits
-- What other orbits than those that are there gave belongs to a write that was stopped.
where (cluster_space_id, orbits_digest) in (select cluster_space_id, orbits_digest from raw.orbits)
