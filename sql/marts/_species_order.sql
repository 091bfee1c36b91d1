-- One row per Monte Carlo chain of several species or sublattices, pair of sites and of species: how
-- much the two seek one another. A sum over point functions, which with the constant are a basis:
-- what pairs have beyond the product of both means, over the product of both shares.
with chains as (

    select
        simulations.alloy,
        simulations.run_id,
        simulations.simulation,
        simulations.concentrations,
        models.feature_space as cluster_space_id
    from staging.simulations as simulations
    inner join staging.models as models
        on simulations.model_run_id = models.run_id
        and simulations.model = models.model
        and simulations.alloy = models.dataset
    where simulations.concentrations is not null and simulations.draw is null

),

means as (

    select
        shares.run_id,
        shares.simulation,
        shares.sublattice,
        functions.point_function,
        sum(shares.share * functions.function_value) as mean
    from marts._species_shares as shares
    inner join marts._point_functions as functions
        on shares.n_species = functions.n_species
        and shares.species = functions.species
    group by shares.run_id, shares.simulation, shares.sublattice, functions.point_function

),

covariances as (

    select
        chains.run_id,
        chains.simulation,
        pairs.*,
        averages.mean - first_means.mean * second_means.mean as covariance
    from chains
    inner join staging.ensemble_averages as averages
        on chains.run_id = averages.run_id
        and chains.simulation = averages.simulation
    inner join marts._pair_correlations as pairs
        on chains.cluster_space_id = pairs.cluster_space_id
        and averages.component = pairs.orbit_index
    inner join means as first_means
        on chains.run_id = first_means.run_id
        and chains.simulation = first_means.simulation
        and pairs.first_sublattice = first_means.sublattice
        and pairs.first_function = first_means.point_function
    inner join means as second_means
        on chains.run_id = second_means.run_id
        and chains.simulation = second_means.simulation
        and pairs.second_sublattice = second_means.sublattice
        and pairs.second_function = second_means.point_function
    where averages.quantity = 'correlation'

)

select
    covariances.run_id,
    covariances.simulation,
    covariances.pair_index,
    covariances.diameter,
    covariances.shell,
    first_shares.species_name as first_species,          -- chemical symbol on one site of the pair; X is a vacancy
    second_shares.species_name as second_species,        -- chemical symbol on the other; of one sublattice not the same
    -sum(
        covariances.covariance * covariances.n_directions
        * case
            when covariances.first_sublattice = covariances.second_sublattice
                then (
                    first_values.function_value * second_values.function_value
                    + first_swapped.function_value * second_swapped.function_value
                ) / 2
            else first_values.function_value * second_values.function_value
        end
    ) / (first_shares.n_species * second_shares.n_species * first_shares.share * second_shares.share)
        as warren_cowley_parameter                       -- 1: 0 at random; below 0 if the two species are neighbours more often
from covariances
inner join marts._species_shares as first_shares
    on covariances.run_id = first_shares.run_id
    and covariances.simulation = first_shares.simulation
    and covariances.first_sublattice = first_shares.sublattice
inner join marts._species_shares as second_shares
    on covariances.run_id = second_shares.run_id
    and covariances.simulation = second_shares.simulation
    and covariances.second_sublattice = second_shares.sublattice
inner join marts._point_functions as first_values
    on first_shares.n_species = first_values.n_species
    and first_shares.species = first_values.species
    and covariances.first_function = first_values.point_function
inner join marts._point_functions as second_values
    on second_shares.n_species = second_values.n_species
    and second_shares.species = second_values.species
    and covariances.second_function = second_values.point_function
left join marts._point_functions as first_swapped
    on first_shares.n_species = first_swapped.n_species
    and second_shares.species = first_swapped.species
    and covariances.first_function = first_swapped.point_function
left join marts._point_functions as second_swapped
    on second_shares.n_species = second_swapped.n_species
    and first_shares.species = second_swapped.species
    and covariances.second_function = second_swapped.point_function
where
    first_shares.share > 0
    and second_shares.share > 0
    and (
        covariances.first_sublattice <> covariances.second_sublattice
        or first_shares.species < second_shares.species
    )
group by
    covariances.run_id, covariances.simulation, covariances.pair_index, covariances.diameter, covariances.shell,
    first_shares.species_name, second_shares.species_name, first_shares.n_species, second_shares.n_species,
    first_shares.share, second_shares.share
having sum(covariances.n_directions) = (first_shares.n_species - 1) * (second_shares.n_species - 1)
