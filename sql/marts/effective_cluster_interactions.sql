-- One row per orbit of a fitted cluster expansion: its parameter and its interaction.
with parameters as (

    select
        models.dataset as alloy,
        models.model,
        models.run_id,
        models.is_selected,
        models.feature_space as cluster_space_id,
        cast(parameters.feature as bigint) as orbit_index,
        parameters.parameter
    from staging.models as models
    inner join staging.model_parameters as parameters
        on models.study = parameters.study
        and models.dataset = parameters.dataset
        and models.model = parameters.model
        and models.run_id = parameters.run_id
    where models.study = 'cluster_expansion'

),

-- Every atom of the primitive cell is a cluster of one site, with its first point function once.
primitive_cells as (

    select
        cluster_space_id,
        sum(multiplicity) as n_atoms
    from staging.orbits
    where cluster_order = 1 and coalesce(point_functions[1], 0) = 0
    group by cluster_space_id

),

parents as (

    select
        alloy,
        max(lattice_parameter) as lattice_parameter
    from staging.lattice_mappings
    group by alloy

)

select
    parameters.alloy,                                    -- its elements in alphabetical order, lower case
    parameters.model,
    parameters.run_id,
    parameters.is_selected,
    parameters.cluster_space_id,                         -- parent lattice and cutoffs in lattice parameters
    parameters.orbit_index,                              -- place in the cluster vector; 0 is the zerolet
    orbits.cluster_order,
    orbits.multiplicity,
    orbits.multiplicity / primitive_cells.n_atoms as clusters_per_atom, -- 1: clusters of the orbit per atom
    orbits.radius * parents.lattice_parameter as cluster_radius, -- Å: mean distance of a cluster's sites from their centre
    orbits.diameter * parents.lattice_parameter as cluster_diameter, -- Å: longest distance between two sites
    parameters.parameter,
    parameters.parameter * primitive_cells.n_atoms / orbits.multiplicity
        as effective_cluster_interaction                 -- eV: energy of one cluster whose spins multiply to 1
from parameters
inner join staging.orbits as orbits
    on parameters.cluster_space_id = orbits.cluster_space_id
    and parameters.orbit_index = orbits.orbit_index
inner join primitive_cells
    on parameters.cluster_space_id = primitive_cells.cluster_space_id
inner join parents
    on parameters.alloy = parents.alloy
