-- One row per supercell of a cluster space: the masks of the clusters' sites, in classes.
select
    cluster_space_id,
    supercell_id,
    site_masks
from raw.supercell_masks
