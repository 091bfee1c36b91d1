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

all_even as (

    select
        alloy,
        sum(parameter) as energy
    from interactions
    group by alloy

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
                orbits.weights, lambda weight, place: struct_pack(place := place, weight := weight)
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
        sum(class.weight * energy_per_cluster) as energy
    from terms
    group by alloy, model, run_id, cluster_space_id, supercell_id, class.place

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
    structures.n_sites as n_atoms,                       -- 1: atoms in the cell
    bit_count(structures.occupation) / structures.n_sites as concentration, -- 1: share of the second element
    all_even.energy - 2 * list_inner_product(expansions.energies, parities.n_odd_masks)
        as predicted_formation_energy_per_atom           -- eV/atom: by the model
from staging.derivative_structures as structures
inner join features.derivative_mask_parities as parities
    on structures.decoration_id = parities.decoration_id
inner join expansions
    on parities.cluster_space_id = expansions.cluster_space_id
    and parities.supercell_id = expansions.supercell_id
inner join all_even
    on expansions.alloy = all_even.alloy
