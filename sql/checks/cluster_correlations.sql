-- A correlation is a mean of products of spins, so it lies between -1 and 1.
select
    cluster_space_id,
    alloy,
    structure_id,
    orbit_index,
    correlation
from features.cluster_correlations
where coalesce(abs(correlation) > 1, true)
