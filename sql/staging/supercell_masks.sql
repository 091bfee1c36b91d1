-- One row per supercell of a cluster space: the masks of the clusters' sites, in classes.
select
    cluster_space_id,
    supercell_id,
    site_masks,
    coalesce(is_binary, true) as is_binary                 -- whether masks stand for products of spins; else for products of indicators
from raw.supercell_masks
-- Masks of other orbits than those that are there belong to a write that was stopped.
where (cluster_space_id, orbits_digest) in (select cluster_space_id, orbits_digest from raw.orbits)
