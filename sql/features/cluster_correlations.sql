-- One row per orbit of a cluster space and structure: the orbit's mean product of spins.
-- A spin is +1 on a site with the first element and -1 with the second, so the product over
-- a cluster is the parity of the second element's sites in it.
select
    clusters.cluster_space_id,
    mappings.alloy,
    mappings.structure_id,
    clusters.orbit_index,
    sum(
        clusters.weight
        * (1 - 2 * (bit_count(mappings.occupation & clusters.site_mask) & 1))
    ) / sum(clusters.weight) as correlation                -- 1: mean product of spins in the orbit
from staging.lattice_mappings as mappings
inner join staging.supercell_clusters as clusters
    on mappings.supercell_id = clusters.supercell_id
group by
    clusters.cluster_space_id,
    mappings.alloy,
    mappings.structure_id,
    clusters.orbit_index
