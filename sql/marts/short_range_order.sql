-- One row per Monte Carlo chain and shell of neighbours: how much unlike atoms seek one another.
with chains as (

    select
        simulations.alloy,
        simulations.series,
        simulations.run_id,
        simulations.simulation,
        simulations.start,
        simulations.concentration,
        simulations.temperature,
        models.feature_space as cluster_space_id,
        1 - 2 * simulations.concentration as mean_spin
    from staging.simulations as simulations
    inner join staging.models as models
        on simulations.model_run_id = models.run_id
        and simulations.model = models.model
        and simulations.alloy = models.dataset

)

select
    chains.alloy,
    chains.series,
    chains.run_id,
    chains.simulation,
    chains.start,
    chains.concentration,
    chains.temperature,
    averages.component as orbit_index,                   -- place in the cluster vector of this pair of sites
    orbits.diameter,
    dense_rank() over (
        partition by chains.alloy, chains.series, chains.run_id, chains.simulation
        order by round(orbits.diameter, 6)
    ) as shell,                                          -- 1: number of the shell of neighbours, the nearest first
    averages.mean as mean_pair_correlation,              -- 1: mean product of the spins of such a pair
    (averages.mean - chains.mean_spin * chains.mean_spin)
        / (1 - chains.mean_spin * chains.mean_spin)
        as warren_cowley_parameter                       -- 1: 0 at random; below 0 if unlike atoms are neighbours more often
from chains
inner join staging.ensemble_averages as averages
    on chains.alloy = averages.alloy
    and chains.series = averages.series
    and chains.run_id = averages.run_id
    and chains.simulation = averages.simulation
inner join staging.orbits as orbits
    on chains.cluster_space_id = orbits.cluster_space_id
    and averages.component = orbits.orbit_index
where averages.quantity = 'correlation' and orbits.cluster_order = 2
