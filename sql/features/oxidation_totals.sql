-- One row per element and count, up to 60 atoms: every total charge that so many atoms can have
-- together when each takes one of the element's common oxidation states. Atoms are added one at
-- a time and equal totals merge, so that the search stays small. Beyond 60 atoms the totals lie so
-- close that their range is all that matters.
with largest as (

    select
        element,
        max(formula_count) as formula_count,
        any_value(common_oxidation_states) as states
    from features.formula_elements
    where formula_count <= 60
    group by element

),

totals as (

    select
        element,
        unnest(
            list_transform(
                list_reduce(
                    list_transform(generate_series(1, formula_count), lambda n: [states]),
                    lambda totals, atom: list_append(
                        totals,
                        list_sort(
                            list_distinct(
                                flatten(
                                    list_transform(
                                        totals[-1],
                                        lambda total: list_transform(
                                            atom[1], lambda state: total + state
                                        )
                                    )
                                )
                            )
                        )
                    )
                ),
                lambda charges, n: struct_pack(formula_count := n, total_charges := charges)
            )
        ) as entry
    from largest

)

select
    element,
    cast(entry.formula_count as bigint) as formula_count,          -- 1: atoms that share the charge, up to 60
    entry.total_charges                                    -- e: totals that the atoms can reach, each once
from totals
