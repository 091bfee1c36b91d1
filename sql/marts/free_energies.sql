-- One row per Monte Carlo chain: the free energy of its phase, integrated along its branch.
-- d(F/kT)/d(1/kT) is the energy, less mu x where the composition is free. A disordered branch starts
-- at infinite temperature, where the entropy is known exactly; an ordered one at zero kelvin, where
-- there is none: from there to its lowest temperature the energy above the ground state is one
-- exponential, whose value and slope the coldest chain gives. How far that holds the second coldest
-- chain tells, whose own exponential ends elsewhere than the integral from the coldest one does. Each
-- further step is a trapezoid with the slopes at both ends, which fluctuations give.
with steps as (

    select
        *,
        lag(inverse_temperature) over branch as last_inverse_temperature,
        lag(grand_energy) over branch as last_energy,
        lag(energy_fluctuation) over branch as last_fluctuation,
        first_value(inverse_temperature) over branch as first_inverse_temperature,
        case
            -- Less than that is rounding, whose square over its variance may be any number.
            when start = 'ordered' and grand_energy > ground_energy + 1e-9 and energy_fluctuation > 0
                then (grand_energy - ground_energy) * (grand_energy - ground_energy) / energy_fluctuation
            else 0
        end as entropy_of_exponential,
        row_number() over branch as place,
        sum(case when escape <= 0.3 then 0 else 1 end)
            over branch as n_lost
    from marts.thermodynamics
    window branch as (
        -- 1/kT grows where a branch starts hot, and falls where it starts cold.
        partition by alloy, series, run_id, draw, start, decoration_id, concentrations, chemical_potential
        order by case when start = 'disordered' then inverse_temperature else -inverse_temperature end
    )

),

integrals as (

    select
        *,
        first_value(entropy_of_exponential) over branch as entropy_of_coldest,
        sum(
            coalesce(
                (inverse_temperature - last_inverse_temperature) * (grand_energy + last_energy) / 2
                + (inverse_temperature - last_inverse_temperature)
                * (inverse_temperature - last_inverse_temperature)
                * (energy_fluctuation - last_fluctuation) / 12,
                0
            )
        ) over branch as integral
    from steps
    window branch as (
        partition by alloy, series, run_id, draw, start, decoration_id, concentrations, chemical_potential
        order by case when start = 'disordered' then inverse_temperature else -inverse_temperature end
    )

),

judged as (

    select
        *,
        -- Of one chain alone nothing is known; of two, what their exponentials differ by.
        case
            when start = 'disordered' then 0
            when count(*) over branch = 1 then entropy_of_coldest
            else abs(
                max(
                    case
                        when place = 2
                            then entropy_of_exponential - entropy_of_coldest + integral
                            - (inverse_temperature - first_inverse_temperature) * ground_energy
                    end
                ) over branch
            )
        end as entropy_error
    from integrals
    window branch as (
        partition by alloy, series, run_id, draw, start, decoration_id, concentrations, chemical_potential
    )

)

select
    alloy,
    series,
    run_id,
    simulation,
    draw,
    start,
    decoration_id,
    ground_energy_above_hull,
    concentration,
    concentrations,
    chemical_potential,
    n_sites,
    temperature,
    inverse_temperature,
    mean_energy,
    grand_energy,
    energy_error,
    order_parameter,
    n_lost = 0 as is_in_phase,                           -- whether the phase lasts by itself here and in all chains before on the branch: at most three tenths of the sweeps would have left it
    integral
    + case
        when start = 'disordered' then -mixing_entropy
        else first_inverse_temperature * ground_energy - entropy_of_coldest
    end as reduced_free_energy,                          -- 1: free energy (grand potential where the composition is free) over k_B T, per atom
    sqrt(integral_error * integral_error + entropy_error * entropy_error)
        as reduced_free_energy_error,                    -- 1: its standard error, half of the drift included, and by what two estimates of the entropy of the coldest chains differ
    integral_drift as reduced_free_energy_drift,         -- 1: that of the chains' second halves less that of their first
    case
        when inverse_temperature > 0
            then (
                integral
                + case
                    when start = 'disordered' then -mixing_entropy
                    else first_inverse_temperature * ground_energy - entropy_of_coldest
                end
            ) / inverse_temperature
    end as free_energy                                   -- eV/atom: of formation and mixing, less mu x where the composition is free; NULL at infinite temperature
from judged
