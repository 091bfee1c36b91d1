-- One row per orbit and point of a fitted expansion whose interactions change with concentration.
select
    models.dataset as alloy,                               -- its elements in alphabetical order, lower case; where sublattices differ or sites may be vacant such as x-li_ni_o
    models.model,
    models.run_id,
    models.is_selected,
    models.feature_space as cluster_space_id,              -- parent lattice and cutoffs in lattice parameters
    cast(split_part(parameters.feature, '*', 1) as bigint) as orbit_index, -- place in the cluster vector; 0 is the zerolet
    cast(split_part(parameters.feature, '*', 2) as bigint) as point_index, -- place in the cluster vector of the point whose correlation the parameter changes with
    parameters.parameter as slope                          -- eV/atom: what the parameter gains where that correlation is 1 and not 0
from staging.models as models
inner join staging.model_parameters as parameters
    on models.study = parameters.study
    and models.dataset = parameters.dataset
    and models.model = parameters.model
    and models.run_id = parameters.run_id
where models.study = 'cluster_expansion' and parameters.feature like '%*%'
