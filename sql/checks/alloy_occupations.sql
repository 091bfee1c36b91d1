-- A mapped structure has as many sites as atoms, and as many bits as atoms of the second element.
select
    mappings.alloy,
    mappings.structure_id,
    compositions.n_atoms,
    supercells.n_sites,
    compositions.concentration,
    bit_count(mappings.occupation) as n_bits
from staging.lattice_mappings as mappings
left join staging.supercells as supercells
    on mappings.supercell_id = supercells.supercell_id
left join features.alloy_compositions as compositions
    on mappings.alloy = compositions.alloy
    and mappings.structure_id = compositions.structure_id
where
    coalesce(compositions.n_atoms <> supercells.n_sites, true)
    or bit_count(mappings.occupation) / supercells.n_sites <> compositions.concentration
