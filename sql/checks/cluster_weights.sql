-- Every supercell holds each orbit's clusters as often as their multiplicity says.
with cells as (

    select
        supercell_id,
        parent_lattice,
        hermite_normal_form[1] * hermite_normal_form[3] * hermite_normal_form[6] as n_cells
    from staging.supercells

),

totals as (

    select
        cluster_space_id,
        supercell_id,
        orbit_index,
        sum(weight) as weight
    from staging.supercell_clusters
    group by cluster_space_id, supercell_id, orbit_index

)

select
    orbits.cluster_space_id,
    cells.supercell_id,
    orbits.orbit_index,
    orbits.multiplicity * cells.n_cells as expected_weight,
    totals.weight
from staging.orbits as orbits
inner join cells
    on orbits.cluster_space_id like cells.parent_lattice || '-%'
left join totals
    on orbits.cluster_space_id = totals.cluster_space_id
    and cells.supercell_id = totals.supercell_id
    and orbits.orbit_index = totals.orbit_index
where coalesce(totals.weight, 0) <> orbits.multiplicity * cells.n_cells
