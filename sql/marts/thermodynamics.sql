-- One row per Monte Carlo chain: energy, heat capacity and order at its temperature.
with averages as (

    select
        alloy,
        series,
        run_id,
        simulation,
        max(case when quantity = 'energy' then mean end) as mean_energy,
        max(case when quantity = 'energy' then standard_error end) as energy_error,
        max(case when quantity = 'energy' then n_effective end) as n_effective,
        max(case when quantity = 'energy' then variance end) as energy_variance,
        max(case when quantity = 'order_parameter' then mean end) as order_parameter,
        max(case when quantity = 'order_parameter' then standard_error end) as order_parameter_error,
        max(case when quantity = 'order_parameter' then variance end) as order_parameter_variance,
        max(case when quantity = 'acceptance' then mean end) as acceptance
    from staging.ensemble_averages
    where quantity in ('energy', 'order_parameter', 'acceptance')
    group by alloy, series, run_id, simulation

)

select
    simulations.alloy,
    simulations.series,
    simulations.run_id,
    simulations.simulation,
    simulations.model,
    simulations.draw,
    simulations.start,
    simulations.decoration_id,
    simulations.concentration,
    simulations.n_sites,
    simulations.temperature,
    simulations.inverse_temperature,
    simulations.mixing_entropy,
    averages.mean_energy,                                -- eV/atom: mean formation energy
    averages.energy_error,                               -- eV/atom: standard error of the mean energy
    averages.n_effective,                                -- 1: independent samples of the energy that tell as much
    simulations.n_sites * averages.energy_variance as energy_fluctuation, -- eV²/atom: variance of the energy times the sites; minus d(energy)/d(1/(k_B T))
    simulations.n_sites * averages.energy_variance
        * simulations.inverse_temperature * simulations.inverse_temperature
        as heat_capacity,                                -- k_B/atom: of the configuration, from the energy's fluctuation
    averages.order_parameter,                            -- 1: 1 in the ordered structure, near 0 without long-range order
    averages.order_parameter_error,                      -- 1: standard error of the order parameter
    simulations.n_sites * averages.order_parameter_variance * simulations.inverse_temperature
        as order_susceptibility,                         -- 1/eV: of the order parameter, from its fluctuation, per atom
    averages.acceptance                                  -- 1: share of the swaps of unlike atoms that were accepted
from staging.simulations as simulations
inner join averages
    on simulations.alloy = averages.alloy
    and simulations.series = averages.series
    and simulations.run_id = averages.run_id
    and simulations.simulation = averages.simulation
