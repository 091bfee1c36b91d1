-- One row per distinct cluster instance of an orbit in a supercell.
select
    cluster_space_id,
    supercell_id,
    orbit_index,
    site_mask,
    weight
from raw.supercell_clusters
