-- Every supercell holds each orbit's clusters as often as their multiplicity says. Cure: `python -m
-- ingest clusters`.
with cells as (

    select
        supercell_id,
        parent_lattice,
        hermite_normal_form[1] * hermite_normal_form[3] * hermite_normal_form[6] as n_cells
    from staging.supercells

),

counted as (

    select
        orbits.cluster_space_id,
        orbits.supercell_id,
        orbits.orbit_index,
        orbits.n_clusters,
        list_inner_product(
            orbits.weights,
            list_transform(
                masks.site_masks, lambda class: cast(array_length(class) as double)
            )
        ) as n_masks
    from staging.supercell_orbits as orbits
    inner join staging.supercell_masks as masks
        on orbits.cluster_space_id = masks.cluster_space_id
        and orbits.supercell_id = masks.supercell_id

)

select
    orbits.cluster_space_id,
    cells.supercell_id,
    orbits.orbit_index,
    orbits.multiplicity * cells.n_cells as expected_clusters,
    counted.n_clusters,
    counted.n_masks
from staging.orbits as orbits
inner join cells
    on orbits.cluster_space_id like cells.parent_lattice || '-%'
left join counted
    on orbits.cluster_space_id = counted.cluster_space_id
    and cells.supercell_id = counted.supercell_id
    and orbits.orbit_index = counted.orbit_index
where coalesce(counted.n_clusters, 0) <> orbits.multiplicity * cells.n_cells
    -- With more than two species no weights are told, and clusters that fold on themselves have none.
    or counted.n_masks <> counted.n_clusters
