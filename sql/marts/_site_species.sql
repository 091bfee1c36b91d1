-- One row per simulated alloy, sublattice and species that may sit there, as the alloy's name tells.
with alloys as (

    select distinct alloy
    from staging.simulations

),

sublattices as (

    select
        alloy,
        string_split(alloy, '_') as parts,
        unnest(generate_series(1, array_length(string_split(alloy, '_')))) as place
    from alloys

),

counted as (

    select
        alloy,
        place - 1 as sublattice,
        string_split(parts[place], '-') as names,
        sum(array_length(string_split(parts[place], '-')) - 1) over (
            partition by alloy order by place
        ) - array_length(string_split(parts[place], '-')) + 2 as first_member
    from sublattices

),

numbered as (

    select
        alloy,
        sublattice,
        names,
        first_member,
        unnest(generate_series(1, array_length(names))) as place
    from counted

)

select
    alloy,
    sublattice,                                          -- number of the sublattice in the alloy's name, from 0
    place - 1 as species,                                -- number of the species on its sublattice, from 0
    upper(substr(names[place], 1, 1)) || substr(names[place], 2) as species_name, -- chemical symbol; X is a vacancy
    array_length(names) as n_species,                    -- 1: species that may sit on the sublattice
    case when place > 1 then cast(first_member + place - 1 as bigint) end as member -- place of its end member among the alloy's concentrations; NULL for the first species, which has what is left
from numbered
