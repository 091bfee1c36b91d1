-- A correlation is a mean of products of point functions, so it is at most the product of the largest
-- ones: 1 for the spins of two species, and √2 for each site of more.
select
    correlations.cluster_space_id,
    correlations.alloy,
    correlations.structure_id,
    correlations.orbit_index,
    correlations.correlation
from features.cluster_correlations as correlations
left join staging.orbits as orbits
    on correlations.cluster_space_id = orbits.cluster_space_id
    and correlations.orbit_index = orbits.orbit_index
where
    coalesce(
        abs(correlations.correlation) > case
            when orbits.point_functions is null then 1
            else pow(2, orbits.cluster_order / 2) + 1e-9
        end,
        true
    )
