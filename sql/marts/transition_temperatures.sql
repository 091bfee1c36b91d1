-- One row per series of simulations and set of parameters: where its ordered and its disordered
-- phase have equal free energies. NULL draws are the fit itself. Between the two temperatures next
-- to it the difference is a straight line in 1/kT.
with differences as (

    select
        ordered.alloy,
        ordered.series,
        ordered.run_id,
        ordered.draw,
        ordered.concentration,
        ordered.n_sites,
        ordered.temperature,
        ordered.inverse_temperature,
        ordered.reduced_free_energy - disordered.reduced_free_energy as difference,
        sqrt(
            ordered.reduced_free_energy_error * ordered.reduced_free_energy_error
            + disordered.reduced_free_energy_error * disordered.reduced_free_energy_error
        ) as difference_error,
        disordered.mean_energy - ordered.mean_energy as energy_step,
        ordered.n_unsure_chains + disordered.n_unsure_chains as n_unsure_chains,
        ordered.order_parameter
    from marts.free_energies as ordered
    inner join marts.free_energies as disordered
        on ordered.alloy = disordered.alloy
        and ordered.series = disordered.series
        and ordered.run_id = disordered.run_id
        and coalesce(ordered.draw, -1) = coalesce(disordered.draw, -1)
        and ordered.temperature = disordered.temperature
    where ordered.start = 'ordered' and disordered.start = 'disordered'

),

paired as (

    select
        alloy,
        series,
        run_id,
        draw,
        concentration,
        n_sites,
        temperature,
        inverse_temperature,
        difference,
        difference_error,
        energy_step,
        n_unsure_chains,
        order_parameter,
        lead(temperature) over upwards as next_temperature,
        lead(inverse_temperature) over upwards as next_inverse_temperature,
        lead(difference) over upwards as next_difference,
        lead(energy_step) over upwards as next_energy_step
    from differences
    window upwards as (partition by alloy, series, run_id, draw order by temperature)

),

crossings as (

    select
        alloy,
        series,
        run_id,
        draw,
        concentration,
        n_sites,
        temperature,
        inverse_temperature,
        difference_error,
        n_unsure_chains,
        order_parameter,
        (energy_step + next_energy_step) / 2 as energy_step,
        inverse_temperature
        + (next_inverse_temperature - inverse_temperature)
        * difference / (difference - next_difference) as crossing,
        -- 1/kT per K, at this temperature.
        inverse_temperature * temperature as inverse_boltzmann,
        row_number() over (
            partition by alloy, series, run_id, draw order by temperature
        ) as place
    from paired
    where difference < 0 and next_difference >= 0 and energy_step + next_energy_step > 0

)

select
    alloy,
    series,
    run_id,
    draw,
    concentration,
    n_sites,
    inverse_boltzmann / crossing as transition_temperature, -- K: where both phases have the same free energy
    difference_error / (energy_step * crossing) * inverse_boltzmann / crossing
        as transition_temperature_error,                 -- K: standard error from the statistics of the averages alone
    n_unsure_chains,                                     -- 1: chains on the way there that are frozen or too short to tell an error; the temperature's own is too small by them
    energy_step as transition_energy,                    -- eV/atom: energy of the disordered phase less that of the ordered one there
    energy_step * crossing as transition_entropy,        -- k_B/atom: what order costs in entropy, the transition energy over k_B T
    order_parameter                                      -- 1: long-range order of the ordered phase just below
from crossings
where place = 1
