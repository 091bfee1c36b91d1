-- One row per number of species on a site, point function and species: what a correlation multiplies.
with counts as (

    select unnest(generate_series(2, 12)) as n_species

),

functions as (

    select
        n_species,
        unnest(generate_series(0, n_species - 2)) as point_function
    from counts

),

placed as (

    select
        n_species,
        point_function,
        unnest(generate_series(0, n_species - 1)) as species
    from functions

)

select
    n_species,                                           -- 1: species that may sit on the site
    point_function,                                      -- number of the function, from 0
    species,                                             -- number of the species on its sublattice, from 0
    case when 2 * (point_function // 2 + 1) = n_species then 1 else sqrt(2) end
    * case
        when point_function % 2 = 0
            then cos(2 * pi() * (point_function // 2 + 1) * species / n_species)
        else sin(2 * pi() * (point_function // 2 + 1) * species / n_species)
    end as function_value                                -- 1: √2 cos or √2 sin of whole multiples of 2π species / n_species
from placed
