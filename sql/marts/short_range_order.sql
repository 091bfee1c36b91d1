-- One row per Monte Carlo chain and shell of neighbours: how much unlike atoms seek one another.
with shells as (

    -- Of the whole space: a simulation may leave orbits out.
    select
        cluster_space_id,
        orbit_index,
        diameter,
        dense_rank() over (
            partition by cluster_space_id
            order by round(diameter, 6)
        ) as shell
    from staging.orbits
    where cluster_order = 2

),

chains as (

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
    shells.diameter,
    shells.shell as shell,                                       -- 1: number of the shell of neighbours, the nearest first
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
inner join shells
    on chains.cluster_space_id = shells.cluster_space_id
    and averages.component = shells.orbit_index
where averages.quantity = 'correlation'
