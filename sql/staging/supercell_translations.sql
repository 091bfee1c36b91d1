-- One row per supercell of a cluster space whose clusters are counted by translations: a large one.
select
    cluster_space_id,
    supercell_id,
    translations,
    bit_species,
    clusters
from raw.supercell_masks
-- Clusters of other orbits than those that are there belong to a write that was stopped.
where
    clusters is not null
    and (cluster_space_id, orbits_digest) in (
        select cluster_space_id, orbits_digest from raw.orbits
    )
