-- One row per orbit of pairs of sites with several species or sublattices, by its point functions.
with parents as (

    select
        parent_lattice,
        n_species,
        sublattices
    from staging.parent_lattices
    where n_species is not null

),

orbits as (

    select
        orbits.*,
        parents.n_species,
        parents.sublattices
    from staging.orbits as orbits
    inner join parents
        on regexp_replace(orbits.cluster_space_id, '(-[0-9][0-9.]*)+$', '') = parents.parent_lattice
    where orbits.point_functions is not null

),

-- Of a sublattice whose sites are not alike, one share does not tell what is beside what.
alike as (

    select
        cluster_space_id,
        sublattices[sites[1][1] + 1] as sublattice
    from orbits
    where cluster_order = 1 and point_functions[1] = 0
    group by cluster_space_id, sublattices[sites[1][1] + 1]
    having count(*) = 1

)

select
    orbits.cluster_space_id,
    orbits.orbit_index,
    min(orbits.orbit_index) over pairs as pair_index,    -- place in the cluster vector of the pair's first point functions
    orbits.diameter,
    dense_rank() over (
        partition by orbits.cluster_space_id
        order by round(orbits.diameter, 6)
    ) as shell,                                          -- 1: number of the shell of neighbours, the nearest first
    orbits.multiplicity / min(orbits.multiplicity) over pairs as n_directions, -- 1: in how many of the pair's two directions its functions stand
    orbits.point_functions[1] as first_function,         -- number of the point function on the first site
    orbits.point_functions[2] as second_function,        -- number of the point function on the second site
    first_sites.sublattice as first_sublattice,          -- number of the first site's sublattice
    second_sites.sublattice as second_sublattice         -- number of the second site's sublattice
from orbits
inner join alike as first_sites
    on orbits.cluster_space_id = first_sites.cluster_space_id
    and orbits.sublattices[orbits.sites[1][1] + 1] = first_sites.sublattice
inner join alike as second_sites
    on orbits.cluster_space_id = second_sites.cluster_space_id
    and orbits.sublattices[orbits.sites[2][1] + 1] = second_sites.sublattice
where orbits.cluster_order = 2
window pairs as (partition by orbits.cluster_space_id, orbits.sites)
