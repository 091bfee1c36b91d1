-- One row per alloy structure: where its atoms sit on the ideal parent lattice.
select
    alloy,
    structure_id,
    supercell_id,
    decoration_id,
    parent_lattice,
    lattice_parameter,
    occupation,
    site_species,
    volumetric_strain,
    strain,
    mean_displacement,
    max_displacement,
    warnings
from raw.lattice_mappings
-- Mappings of other structures than those that are there belong to a write that was stopped.
where (alloy, structures_digest) in (select alloy, structures_digest from raw.alloy_structures)
