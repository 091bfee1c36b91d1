-- One row per structure of an alloy's elements: how many atoms of each it has.
with structures as (

    select
        alloy,
        structure_id,
        symbols,
        list_transform(
            string_split(alloy, '-'), lambda x: upper(substr(x, 1, 1)) || substr(x, 2)
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
    elements,                                              -- elements of the alloy in alphabetical order
    element_counts,                                        -- 1: atoms of each element in the cell, in that order
    array_length(list_filter(element_counts, lambda n: n > 0)) as n_elements, -- 1: elements that the structure has; 1 for a pure element
    element_counts[2] / n_atoms as concentration,          -- 1: share of the second element
    list_transform(element_counts, lambda n: n / n_atoms) as concentrations -- 1: share of each element of the alloy, in alphabetical order
from divided
