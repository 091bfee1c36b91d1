-- A mapped structure has as many sites as atoms, and on its sites as many of each element as there
-- are of its atoms; of two elements the occupation has a bit for each atom of the second.
with structures as (

    select
        mappings.alloy,
        mappings.structure_id,
        compositions.n_atoms,
        supercells.n_sites,
        compositions.element_counts,
        bit_count(mappings.occupation) as n_bits,
        case
            when mappings.site_species is not null then list_transform(
                compositions.elements,
                lambda x, place: array_length(
                    list_filter(mappings.site_species, lambda species: species = place - 1)
                )
            )
        end as site_counts
    from staging.lattice_mappings as mappings
    left join staging.supercells as supercells
        on mappings.supercell_id = supercells.supercell_id
    left join features.alloy_compositions as compositions
        on mappings.alloy = compositions.alloy
        and mappings.structure_id = compositions.structure_id

)

select
    alloy,
    structure_id,
    n_atoms,
    n_sites,
    element_counts,
    site_counts,
    n_bits
from structures
where
    coalesce(n_atoms <> n_sites, true)
    or site_counts <> element_counts
    or (array_length(element_counts) = 2 and n_bits <> element_counts[2])
