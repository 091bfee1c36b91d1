-- One row per structure of an alloy's elements: how many atoms of each it has, and what shares of the
-- alloy's end members. These are the pure elements or, where sublattices differ or sites may be
-- vacant, those of features.alloy_site_shares.
with structures as (

    select
        alloy,
        structure_id,
        symbols,
        list_sort(
            list_distinct(
                list_transform(
                    list_filter(
                        string_split(replace(alloy, '_', '-'), '-'), lambda x: x <> 'x'
                    ),
                    lambda x: upper(substr(x, 1, 1)) || substr(x, 2)
                )
            )
        ) as elements
    from staging.alloy_structures

),

counts as (

    select
        alloy,
        structure_id,
        elements,
        array_length(symbols) as n_atoms,
        list_transform(
            elements, lambda x: array_length(list_filter(symbols, lambda y: y = x))
        ) as element_counts
    from structures
    where array_length(list_filter(symbols, lambda x: not list_contains(elements, x))) = 0

),

divided as (

    select
        alloy,
        structure_id,
        elements,
        n_atoms,
        element_counts,
        list_transform(
            elements,
            lambda x, place: struct_pack(element := x, n := element_counts[place])
        ) as entries,
        list_max(
            list_filter(
                generate_series(1, n_atoms),
                lambda x: array_length(list_filter(element_counts, lambda n: n % x <> 0)) = 0
            )
        ) as divisor
    from counts

),

shared as (

    select
        divided.alloy,
        divided.structure_id,
        divided.elements,
        divided.n_atoms,
        coalesce(sites.n_sites, divided.n_atoms) as n_sites,
        divided.element_counts,
        divided.entries,
        divided.divisor,
        case
            when strpos(divided.alloy, '_') > 0 or starts_with(divided.alloy, 'x-') then sites.shares
            else list_transform(divided.element_counts, lambda n: n / divided.n_atoms)
        end as concentrations
    from divided
    left join features.alloy_site_shares as sites
        on divided.alloy = sites.alloy
        and divided.structure_id = sites.structure_id

)

select
    alloy,
    structure_id,
    array_to_string(
        list_transform(
            list_filter(entries, lambda x: x.n > 0),
            lambda x: x.element || case when x.n > 1 then cast(x.n as varchar) else '' end
        ),
        ''
    ) as formula,                                          -- atoms of the cell, such as Au2Cu4
    array_to_string(
        list_transform(
            list_filter(entries, lambda x: x.n > 0),
            lambda x: x.element
                || case when x.n > divisor then cast(x.n // divisor as varchar) else '' end
        ),
        ''
    ) as composition_group,                                -- reduced formula, such as AuCu2
    n_atoms,                                               -- 1: atoms in the cell
    n_sites,                                               -- 1: sites in the supercell
    elements,                                              -- elements of the alloy in alphabetical order
    element_counts,                                        -- 1: atoms of each element in the cell, in that order
    array_length(list_filter(element_counts, lambda n: n > 0)) as n_elements, -- 1: elements that the structure has; 1 for a pure element
    concentrations[2] as concentration,                    -- 1: share of the second element among the sites that it may be on
    concentrations,                                        -- 1: share of each element of the alloy, in alphabetical order, or of each end member
    list_contains(concentrations, 1) and list_min(concentrations) >= 0 as is_end_member -- whether it is a pure element, or has one species on each sublattice as what energies refer to
from shared
