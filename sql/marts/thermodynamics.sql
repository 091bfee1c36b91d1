-- One row per Monte Carlo chain: energy, heat capacity and order at its temperature.
with averages as (

    select
        alloy,
        series,
        run_id,
        simulation,
        max(case when quantity = 'energy' then mean end) as grand_energy,
        max(case when quantity = 'energy' then standard_error end) as energy_error,
        max(case when quantity = 'energy' then n_effective end) as n_effective,
        max(case when quantity = 'energy' then variance end) as energy_variance,
        max(case when quantity = 'energy_integral' then standard_error end) as integral_error,
        max(case when quantity = 'energy_integral' then variance end) as integral_variance,
        max(case when quantity = 'energy_integral' then drift end) as integral_drift,
        max(case when quantity = 'concentration' then mean end) as concentration,
        max(case when quantity = 'concentration' then standard_error end) as concentration_error,
        max(case when quantity = 'concentration' then variance end) as concentration_variance,
        max(case when quantity = 'order_parameter' then mean end) as order_parameter,
        max(case when quantity = 'order_parameter' then standard_error end) as order_parameter_error,
        max(case when quantity = 'order_parameter' then variance end) as order_parameter_variance,
        max(case when quantity = 'acceptance' then mean end) as acceptance,
        max(case when quantity = 'escape' then mean end) as escape,
        max(case when quantity = 'exchange' then mean end) as exchange
    from staging.ensemble_averages
    where quantity <> 'correlation'
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
    simulations.ground_energy,
    simulations.ground_energy_above_hull,
    simulations.chemical_potential,
    simulations.n_sites,
    simulations.temperature,
    simulations.inverse_temperature,
    simulations.mixing_entropy,
    simulations.n_sweeps,
    coalesce(simulations.concentration, averages.concentration) as concentration, -- 1: share of the second element, its mean where it is free
    simulations.concentrations,
    averages.concentration_error,                        -- 1: standard error of the mean concentration; NULL where it is fixed
    averages.grand_energy
    + coalesce(simulations.chemical_potential * averages.concentration, 0)
        as mean_energy,                                  -- eV/atom: mean formation energy
    averages.grand_energy as grand_energy,               -- eV/atom: mean formation energy, less the chemical potential times the concentration where that is free
    averages.energy_error,                               -- eV/atom: standard error of the mean grand_energy
    averages.n_effective,                                -- 1: independent samples of the energy that tell as much
    simulations.n_sites * averages.energy_variance as energy_fluctuation, -- eV²/atom: variance of grand_energy times the sites; minus its slope over 1/(k_B T)
    simulations.n_sites * averages.energy_variance
        * simulations.inverse_temperature * simulations.inverse_temperature
        as heat_capacity,                                -- k_B/atom: of the configuration, from the energy's fluctuation
    averages.order_parameter,                            -- 1: 1 in the ordered structure, near 0 without long-range order
    averages.order_parameter_error,                      -- 1: standard error of the order parameter
    simulations.n_sites * averages.order_parameter_variance * simulations.inverse_temperature
        as order_susceptibility,                         -- 1/eV: of the order parameter, from its fluctuation, per atom
    simulations.n_sites * averages.concentration_variance * simulations.inverse_temperature
        as concentration_susceptibility,                 -- 1/eV: slope of the concentration over the chemical potential, from its fluctuation
    sqrt(
        coalesce(averages.integral_error * averages.integral_error, averages.integral_variance)
        + coalesce(averages.integral_drift * averages.integral_drift, 0) / 4
    ) as integral_error,                                 -- 1: standard error of the integral of energies over 1/kT from the branch's start, half of its drift included; of one sample where the chain is too short
    averages.integral_drift,                             -- 1: that integral over the second half of the chains less over the first half
    averages.acceptance,                                 -- 1: share of the swaps of unlike atoms, or of the flips, that were accepted
    averages.escape as escape,                           -- 1: share of sweeps that would have left the phase, and were taken back
    averages.exchange as exchange                        -- 1: share of the exchanges with the next hotter chain that were accepted
from staging.simulations as simulations
inner join averages
    on simulations.alloy = averages.alloy
    and simulations.series = averages.series
    and simulations.run_id = averages.run_id
    and simulations.simulation = averages.simulation
