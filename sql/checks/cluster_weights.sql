-- Every supercell holds each orbit's clusters as often as their multiplicity says. Cure: `python -m
-- ingest clusters`.
with cells as (

    select
        supercell_id,
        parent_lattice,
        hermite_normal_form[1] * hermite_normal_form[3] * hermite_normal_form[6] as n_cells
    from staging.supercells

),

clusters as (

    select
        cluster_space_id,
        supercell_id,
        site_masks,
        null as of_orbits
    from staging.supercell_masks
    union all
    select
        cluster_space_id,
        supercell_id,
        null as site_masks,
        clusters as of_orbits
    from staging.supercell_translations

),

counted as (

    select
        orbits.cluster_space_id,
        orbits.supercell_id,
        orbits.orbit_index,
        orbits.n_clusters,
        coalesce(
            list_inner_product(
                orbits.weights,
                list_transform(
                    clusters.site_masks, lambda class: cast(array_length(class) as double)
                )
            ),
            case
                when orbits.orbit_index > 0  -- The zerolet is no cluster.
                    then array_length(clusters.of_orbits[orbits.orbit_index]) * cells.n_cells
            end
        ) as n_listed
    from staging.supercell_orbits as orbits
    inner join clusters
        on orbits.cluster_space_id = clusters.cluster_space_id
        and orbits.supercell_id = clusters.supercell_id
    inner join cells
        on orbits.supercell_id = cells.supercell_id

)

select
    orbits.cluster_space_id,
    cells.supercell_id,
    orbits.orbit_index,
    orbits.multiplicity * cells.n_cells as expected_clusters,
    counted.n_clusters,
    counted.n_listed
from staging.orbits as orbits
inner join cells
    on orbits.cluster_space_id like cells.parent_lattice || '-%'
left join counted
    on orbits.cluster_space_id = counted.cluster_space_id
    and cells.supercell_id = counted.supercell_id
    and orbits.orbit_index = counted.orbit_index
where coalesce(counted.n_clusters, 0) <> orbits.multiplicity * cells.n_cells
    -- A large supercell lists what one of its primitive cells has. Of masks of more than two species
    -- no weights are told: clusters that fold on themselves have none.
    or counted.n_listed <> counted.n_clusters
