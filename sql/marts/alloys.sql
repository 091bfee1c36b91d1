-- One row per alloy: where its energies come from, and how many structures there are.
with structures as (

    select
        alloy,
        count(*) as n_structures,
        list_sort(list(distinct source)) as sources,
        list_sort(list(distinct calculator)) as calculators
    from staging.alloy_structures
    group by alloy

),

parents as (

    select
        alloy,
        list_sort(list(distinct parent_lattice)) as parent_lattices
    from staging.lattice_mappings
    group by alloy

)

select
    structures.alloy,
    array_length(
        list_distinct(
            list_filter(
                string_split(replace(structures.alloy, '_', '-'), '-'), lambda x: x <> 'x'
            )
        )
    ) as n_elements,                                     -- 1: elements of the alloy
    structures.n_structures,                             -- 1: structures of the alloy, mapped or not
    structures.sources,                                  -- names of the sources of its structures
    structures.calculators,                              -- what computed their energies
    parents.parent_lattices                              -- lattices that structures are mapped to; NULL if none is
from structures
left join parents
    on structures.alloy = parents.alloy
