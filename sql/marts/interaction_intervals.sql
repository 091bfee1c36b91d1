-- One row per orbit of the selected cluster expansion and origin of its draws: how uncertain the
-- orbit's interaction is.
select
    interactions.alloy,
    interactions.model,
    draws.origin,
    interactions.orbit_index,
    interactions.cluster_order,
    interactions.multiplicity,
    interactions.clusters_per_atom,
    interactions.cluster_radius,
    interactions.cluster_diameter,
    interactions.effective_cluster_interaction,
    count(*) as n_draws,                                 -- 1: draws of the parameters
    stddev_samp(draws.parameter / interactions.clusters_per_atom) as standard_deviation, -- eV: of the draws of the interaction
    quantile_cont(draws.parameter / interactions.clusters_per_atom, 0.05) as lower_bound, -- eV: 5 % of the draws lie below
    quantile_cont(draws.parameter / interactions.clusters_per_atom, 0.95) as upper_bound -- eV: 5 % of the draws lie above
from marts.effective_cluster_interactions as interactions
inner join staging.parameter_draws as draws
    on interactions.alloy = draws.dataset
    and interactions.model = draws.model
    and interactions.run_id = draws.run_id
    and draws.feature = cast(interactions.orbit_index as varchar)
where interactions.is_selected and draws.study = 'cluster_expansion'
group by
    interactions.alloy,
    interactions.model,
    draws.origin,
    interactions.orbit_index,
    interactions.cluster_order,
    interactions.multiplicity,
    interactions.clusters_per_atom,
    interactions.cluster_radius,
    interactions.cluster_diameter,
    interactions.effective_cluster_interaction
