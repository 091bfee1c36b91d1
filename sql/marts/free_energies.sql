-- One row per Monte Carlo chain: the free energy of its phase, integrated along its branch.
-- d(F/kT)/d(1/kT) is the energy. The disordered branch starts at infinite temperature, where the
-- entropy is known exactly; the ordered one at the lowest temperature, where it has none left worth
-- speaking of. Each step is a trapezoid with the slopes at both ends, which fluctuations give.
with steps as (

    select
        alloy,
        series,
        run_id,
        simulation,
        draw,
        start,
        concentration,
        n_sites,
        temperature,
        inverse_temperature,
        mixing_entropy,
        mean_energy,
        energy_error,
        energy_fluctuation,
        order_parameter,
        -- Along the branch: 1/kT grows where it starts hot, and falls where it starts cold.
        lag(inverse_temperature) over branch as last_inverse_temperature,
        lag(mean_energy) over branch as last_energy,
        lag(energy_fluctuation) over branch as last_fluctuation,
        lead(inverse_temperature) over branch as next_inverse_temperature,
        first_value(mean_energy) over branch as first_energy,
        first_value(inverse_temperature) over branch as first_inverse_temperature
    from marts.thermodynamics
    window branch as (
        partition by alloy, series, run_id, draw, start
        order by case when start = 'disordered' then inverse_temperature else -inverse_temperature end
    )

),

integrals as (

    select
        alloy,
        series,
        run_id,
        simulation,
        draw,
        start,
        concentration,
        n_sites,
        temperature,
        inverse_temperature,
        mean_energy,
        energy_error,
        order_parameter,
        case
            when start = 'disordered' then -mixing_entropy
            else first_inverse_temperature * first_energy
        end as first_reduced_free_energy,
        sum(
            coalesce(
                (inverse_temperature - last_inverse_temperature) * (mean_energy + last_energy) / 2
                + (inverse_temperature - last_inverse_temperature)
                * (inverse_temperature - last_inverse_temperature)
                * (energy_fluctuation - last_fluctuation) / 12,
                0
            )
        ) over branch as integral,
        sum(case when energy_error is null then 1 else 0 end) over branch as n_unsure_chains,
        sum(
            -- An unknown error is as large as that of one sample.
            coalesce(energy_error * energy_error, energy_fluctuation / n_sites)
            * (coalesce(next_inverse_temperature, inverse_temperature)
                - coalesce(last_inverse_temperature, inverse_temperature))
            * (coalesce(next_inverse_temperature, inverse_temperature)
                - coalesce(last_inverse_temperature, inverse_temperature)) / 4
        ) over branch as integral_variance
    from steps
    window branch as (
        partition by alloy, series, run_id, draw, start
        order by case when start = 'disordered' then inverse_temperature else -inverse_temperature end
        rows between unbounded preceding and current row
    )

)

select
    alloy,
    series,
    run_id,
    simulation,
    draw,
    start,
    concentration,
    n_sites,
    temperature,
    inverse_temperature,
    mean_energy,
    energy_error,
    order_parameter,
    first_reduced_free_energy + integral as reduced_free_energy, -- 1: free energy over k_B T, per atom
    cast(n_unsure_chains as bigint) as n_unsure_chains,  -- 1: chains of the branch up to here that are frozen or too short to tell an error
    sqrt(integral_variance) as reduced_free_energy_error, -- 1: standard error of the free energy over k_B T, per atom
    case
        when inverse_temperature > 0
            then (first_reduced_free_energy + integral) / inverse_temperature
    end as free_energy                                   -- eV/atom: of formation and mixing; NULL at infinite temperature
from integrals
