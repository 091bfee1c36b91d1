-- One row per orbit of a fitted cluster expansion: its parameter and its interaction. Where these
-- change with the concentration, those at equal shares; see marts.interaction_slopes.
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
    where models.study = 'cluster_expansion' and parameters.feature not like '%*%'

),

parents as (

    select
        mappings.alloy,
        max(mappings.lattice_parameter) as lattice_parameter,
        max(array_length(parents.basis)) as n_sites
    from staging.lattice_mappings as mappings
    inner join staging.parent_lattices as parents
        on mappings.parent_lattice = parents.parent_lattice
    group by mappings.alloy

)

select
    parameters.alloy,                                    -- its elements in alphabetical order, lower case; where sublattices differ or sites may be vacant such as x-li_ni_o
    parameters.model,
    parameters.run_id,
    parameters.is_selected,
    parameters.cluster_space_id,                         -- parent lattice and cutoffs in lattice parameters
    parameters.orbit_index,                              -- place in the cluster vector; 0 is the zerolet
    orbits.cluster_order,
    orbits.multiplicity,
    orbits.multiplicity / parents.n_sites as clusters_per_atom, -- 1: clusters of the orbit per atom, or per site where sites may be vacant
    orbits.radius * parents.lattice_parameter as cluster_radius, -- Å: mean distance of a cluster's sites from their centre
    orbits.diameter * parents.lattice_parameter as cluster_diameter, -- Å: longest distance between two sites
    parameters.parameter,
    parameters.parameter * parents.n_sites / orbits.multiplicity
        as effective_cluster_interaction                 -- eV: energy of one cluster whose spins multiply to 1
from parameters
inner join staging.orbits as orbits
    on parameters.cluster_space_id = orbits.cluster_space_id
    and parameters.orbit_index = orbits.orbit_index
inner join parents
    on parameters.alloy = parents.alloy
