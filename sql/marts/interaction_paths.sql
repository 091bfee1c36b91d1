-- One row per orbit of a cluster expansion at one strength and mixing ratio of its penalty, fitted
-- to all structures but the locked test.
with runs as (

    select distinct
        study,
        dataset,
        run_id,
        feature_space
    from staging.models

)

select
    runs.dataset as alloy,                               -- its elements in alphabetical order, lower case; where sublattices differ or sites may be vacant such as x-li_ni_o
    paths.model,
    paths.l1_ratio,
    paths.strength,
    orbits.orbit_index,
    orbits.cluster_order,
    orbits.multiplicity,
    orbits.radius,
    paths.parameter
from staging.parameter_paths as paths
inner join runs
    on paths.study = runs.study
    and paths.dataset = runs.dataset
    and paths.run_id = runs.run_id
inner join staging.orbits as orbits
    on runs.feature_space = orbits.cluster_space_id
    and paths.feature = cast(orbits.orbit_index as varchar)
where paths.study = 'cluster_expansion'
