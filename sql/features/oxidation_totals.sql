-- One row per element and count, up to 60 atoms: every total charge that so many atoms can have
-- together when each takes one of the element's common oxidation states. Atoms are added one at
-- a time and equal totals merge, so that the search stays small. Beyond 60 atoms the totals lie so
-- close that their range is all that matters.
with recursive largest as (

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
        cast(1 as bigint) as formula_count,
        states as total_charges
    from largest

    union all

    select
        totals.element,
        totals.formula_count + 1,
        list_distinct(
            flatten(
                list_transform(
                    totals.total_charges,
                    lambda total: list_transform(largest.states, lambda state: total + state)
                )
            )
        )
    from totals
    inner join largest
        on totals.element = largest.element
        and totals.formula_count < largest.formula_count

)

select
    element,
    formula_count,
    total_charges                                          -- e: totals that the atoms can reach, each once
from totals
