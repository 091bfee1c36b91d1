-- One row per mapped structure of an alloy whose sublattices differ or whose sites may be vacant: its
-- shares of the alloy's end members. The first of these has the first species on each sublattice,
-- every other one another species on one of them; so all but the first have the share of a species
-- among the sites of its sublattice, and the first has what is left.
with structures as (

    select
        mappings.alloy,
        mappings.structure_id,
        mappings.site_species,
        coalesce(parents.sublattices, list_transform(parents.basis, lambda x: 0)) as sublattices,
        coalesce(parents.n_species, list_transform(parents.basis, lambda x: 2)) as n_species,
        array_length(mappings.site_species) // array_length(parents.basis) as n_cells
    from staging.lattice_mappings as mappings
    inner join staging.parent_lattices as parents
        on mappings.parent_lattice = parents.parent_lattice
    where
        mappings.site_species is not null
        and (strpos(mappings.alloy, '_') > 0 or starts_with(mappings.alloy, 'x-'))

),

kinds as (

    -- A kind is a species of a sublattice, both as one number.
    select
        alloy,
        structure_id,
        array_length(site_species) as n_sites,
        list_transform(
            site_species, lambda x, place: 1000 * sublattices[(place - 1) // n_cells + 1] + x
        ) as site_kinds,
        list_filter(
            list_sort(
                list_distinct(
                    flatten(
                        list_transform(
                            sublattices,
                            lambda sublattice, place: list_transform(
                                generate_series(1, n_species[place]),
                                lambda species: 1000 * sublattice + species - 1
                            )
                        )
                    )
                )
            ),
            lambda x: x % 1000 > 0
        ) as member_kinds
    from structures

),

shares as (

    select
        alloy,
        structure_id,
        n_sites,
        list_transform(
            member_kinds,
            lambda kind: array_length(list_filter(site_kinds, lambda x: x = kind))
                / array_length(list_filter(site_kinds, lambda x: x // 1000 = kind // 1000))
        ) as others
    from kinds

)

select
    alloy,
    structure_id,
    n_sites,                                               -- 1: sites in the supercell
    flatten(
        [[list_reduce(others, lambda total, x: total - x, cast(1 as double))], others]
    ) as shares                                            -- 1: share of each end member; that of the first is below 0 where others have more than all
from shares
