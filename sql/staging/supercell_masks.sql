-- One row per supercell of a cluster space whose clusters have masks of their sites, in classes.
select
    cluster_space_id,
    supercell_id,
    coalesce(counts_spins, true) as counts_spins,          -- whether products of spins are counted, or of indicators
    site_masks
from raw.supercell_masks
-- Masks of other orbits than those that are there belong to a write that was stopped.
where
    site_masks is not null
    and (cluster_space_id, orbits_digest) in (
        select cluster_space_id, orbits_digest from raw.orbits
    )
