-- One row per alloy and derivative structure of its parent lattice: the formation energy that the
-- alloy's selected cluster expansion predicts. `python -m ingest enumerate` makes the structures
-- and the masks of their clusters.
with interactions as (

    select
        alloy,
        model,
        run_id,
        cluster_space_id,
        orbit_index,
        parameter
    from marts.effective_cluster_interactions
    where is_selected

),

terms as (

    select
        interactions.alloy,
        interactions.model,
        interactions.run_id,
        interactions.cluster_space_id,
        orbits.supercell_id,
        interactions.parameter / orbits.n_clusters as energy_per_cluster,
        unnest(
            list_transform(
                orbits.count_values, lambda value, place: struct_pack(place := place, value := value)
            )
        ) as class
    from interactions
    inner join staging.supercell_orbits as orbits
        on interactions.cluster_space_id = orbits.cluster_space_id
        and interactions.orbit_index = orbits.orbit_index

),

classes as (

    select
        alloy,
        model,
        run_id,
        cluster_space_id,
        supercell_id,
        class.place as place,
        sum(class.value * energy_per_cluster) as energy
    from terms
    group by alloy, model, run_id, cluster_space_id, supercell_id, class.place

),

of_first_species as (

    select
        interactions.alloy,
        orbits.supercell_id,
        sum(interactions.parameter * orbits.first_correlation) as energy
    from interactions
    inner join staging.supercell_orbits as orbits
        on interactions.cluster_space_id = orbits.cluster_space_id
        and interactions.orbit_index = orbits.orbit_index
    group by interactions.alloy, orbits.supercell_id

),

-- Parameters are summed up for each class of masks before they meet the structures: so each
-- structure costs one inner product instead of one for every orbit.
expansions as (

    select
        alloy,
        model,
        run_id,
        cluster_space_id,
        supercell_id,
        list_transform(
            list_sort(list(struct_pack(place := place, energy := energy))), lambda x: x.energy
        ) as energies
    from classes
    group by alloy, model, run_id, cluster_space_id, supercell_id

)

select
    expansions.alloy,
    expansions.model,
    expansions.run_id,
    structures.decoration_id,
    structures.supercell_id,
    structures.occupation,
    structures.n_sites as n_atoms,                       -- 1: atoms in the cell; its sites, where some may be vacant
    structures.concentration,
    of_first_species.energy + list_inner_product(expansions.energies, counts.n_counted)
        as predicted_formation_energy_per_atom           -- eV/atom: by the model
from staging.derivative_structures as structures
inner join features.derivative_mask_counts as counts
    on structures.decoration_id = counts.decoration_id
inner join expansions
    on counts.cluster_space_id = expansions.cluster_space_id
    and counts.supercell_id = expansions.supercell_id
inner join of_first_species
    on expansions.alloy = of_first_species.alloy
    and expansions.supercell_id = of_first_species.supercell_id
