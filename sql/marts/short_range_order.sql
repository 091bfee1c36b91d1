-- One row per Monte Carlo chain, pair of sites and pair of unlike species: how much the two seek one
-- another. Of two elements on sites that are alike a shell is one pair of sites; where there are more
-- species or sublattices, shells count distances, and only sublattices whose sites are alike are told.
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
    where cluster_order = 2 and point_functions is null

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

),

orders as (

    select
        chains.run_id,
        chains.simulation,
        averages.component as orbit_index,
        shells.diameter,
        shells.shell,
        first_sites.species_name as first_species,
        second_sites.species_name as second_species,
        averages.mean as mean_pair_correlation,
        (averages.mean - chains.mean_spin * chains.mean_spin)
        / (1 - chains.mean_spin * chains.mean_spin) as warren_cowley_parameter
    from chains
    inner join staging.ensemble_averages as averages
        on chains.alloy = averages.alloy
        and chains.series = averages.series
        and chains.run_id = averages.run_id
        and chains.simulation = averages.simulation
    inner join shells
        on chains.cluster_space_id = shells.cluster_space_id
        and averages.component = shells.orbit_index
    inner join marts._site_species as first_sites
        on chains.alloy = first_sites.alloy
        and first_sites.species = 0
    inner join marts._site_species as second_sites
        on chains.alloy = second_sites.alloy
        and second_sites.species = 1
    where averages.quantity = 'correlation'
    union all
    select
        run_id,
        simulation,
        pair_index,
        diameter,
        shell,
        first_species,
        second_species,
        null,
        warren_cowley_parameter
    from marts._species_order

)

select
    chains.alloy,
    chains.series,
    chains.run_id,
    chains.simulation,
    chains.start,
    chains.concentration,
    chains.temperature,
    orders.orbit_index as orbit_index,                   -- place in the cluster vector of this pair of sites, by its first point functions
    orders.diameter,
    orders.shell as shell,                               -- 1: number of the shell of neighbours, the nearest first
    orders.first_species as first_species,               -- chemical symbol of one of the two species; X is a vacancy
    orders.second_species as second_species,             -- chemical symbol of the other
    orders.mean_pair_correlation as mean_pair_correlation, -- 1: mean product of the spins of such a pair; NULL unless two elements are on sites that are alike
    orders.warren_cowley_parameter as warren_cowley_parameter -- 1: 0 at random; below 0 if unlike species are neighbours more often
from chains
inner join orders
    on chains.run_id = orders.run_id
    and chains.simulation = orders.simulation
