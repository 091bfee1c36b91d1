-- One row per structure of an alloy's two elements: how many atoms of each it has.
with elements as (

    select
        alloy,
        structure_id,
        symbols,
        upper(substr(alloy, 1, 1)) || substr(split_part(alloy, '-', 1), 2) as first_element,
        upper(substr(split_part(alloy, '-', 2), 1, 1))
            || substr(split_part(alloy, '-', 2), 2) as second_element
    from staging.alloy_structures

),

counts as (

    select
        alloy,
        structure_id,
        first_element,
        second_element,
        array_length(symbols) as n_atoms,
        array_length(list_filter(symbols, lambda x: x = first_element)) as n_first,
        array_length(list_filter(symbols, lambda x: x = second_element)) as n_second
    from elements

),

divided as (

    select
        alloy,
        structure_id,
        first_element,
        second_element,
        n_atoms,
        n_first,
        n_second,
        list_max(
            list_filter(
                generate_series(1, n_atoms), lambda x: n_first % x = 0 and n_second % x = 0
            )
        ) as divisor
    from counts
    where n_first + n_second = n_atoms

)

select
    alloy,
    structure_id,
    case when n_first > 0 then first_element else '' end
        || case when n_first > 1 then cast(n_first as varchar) else '' end
        || case when n_second > 0 then second_element else '' end
        || case when n_second > 1 then cast(n_second as varchar) else '' end
        as formula,                                        -- atoms of the cell, such as Au2Cu4
    case when n_first > 0 then first_element else '' end
        || case when n_first > divisor then cast(n_first // divisor as varchar) else '' end
        || case when n_second > 0 then second_element else '' end
        || case when n_second > divisor then cast(n_second // divisor as varchar) else '' end
        as composition_group,                              -- reduced formula, such as AuCu2
    n_atoms,                                               -- 1: atoms in the cell
    n_second / n_atoms as concentration                    -- 1: share of the second element
from divided
