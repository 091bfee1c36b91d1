-- On the sites of a mapped structure sit as many atoms of each element as it has, each species on a
-- sublattice that the alloy's name allows it, and the occupation has a bit for each site that has not
-- its first species. Older mappings of two elements tell of their sites by the occupation alone.
with structures as (

    select
        mappings.alloy,
        mappings.structure_id,
        compositions.n_atoms,
        supercells.n_sites,
        compositions.elements,
        compositions.element_counts,
        mappings.site_species,
        bit_count(mappings.occupation) as n_bits,
        string_split(mappings.alloy, '_') as names,
        coalesce(parents.sublattices, list_transform(parents.basis, lambda x: 0)) as sublattices,
        array_length(parents.basis) as n_basis
    from staging.lattice_mappings as mappings
    left join staging.supercells as supercells
        on mappings.supercell_id = supercells.supercell_id
    left join staging.parent_lattices as parents
        on mappings.parent_lattice = parents.parent_lattice
    left join features.alloy_compositions as compositions
        on mappings.alloy = compositions.alloy
        and mappings.structure_id = compositions.structure_id

),

symbols as (

    select
        alloy,
        structure_id,
        n_atoms,
        n_sites,
        elements,
        element_counts,
        site_species,
        n_bits,
        list_transform(
            site_species,
            lambda x, place: string_split(
                names[sublattices[(place - 1) // (n_sites // n_basis) + 1] + 1], '-'
            )[x + 1]
        ) as site_symbols
    from structures

),

counts as (

    select
        alloy,
        structure_id,
        n_atoms,
        n_sites,
        element_counts,
        n_bits,
        array_length(list_filter(site_species, lambda x: x > 0)) as n_others,
        array_length(site_species) as n_species,
        list_transform(
            elements,
            lambda x: array_length(list_filter(site_symbols, lambda symbol: symbol = lower(x)))
        ) as site_counts,
        array_length(list_filter(site_symbols, lambda symbol: symbol is null)) as n_foreign
    from symbols

)

select
    alloy,
    structure_id,
    n_atoms,
    n_sites,
    element_counts,
    site_counts,
    n_bits
from counts
where
    coalesce(n_atoms > n_sites, true)
    or n_foreign > 0
    or n_species <> n_sites
    or site_counts <> element_counts
    or n_others <> n_bits
    or (
        n_species is null
        and coalesce(
            n_atoms <> n_sites
            or n_bits is null
            or (array_length(element_counts) = 2 and n_bits <> element_counts[2]),
            true
        )
    )
