-- One row per Monte Carlo chain: the free energy of its phase, integrated along its branch.
-- d(F/kT)/d(1/kT) is the energy, less mu x where the composition is free. A disordered branch starts
-- at infinite temperature, where the entropy is known exactly; an ordered one at zero kelvin, where
-- there is none: from there to its lowest temperature the energy above the ground state is one
-- exponential, whose value and slope the coldest chain gives. Each further step is a trapezoid with
-- the slopes at both ends, which fluctuations give.
with steps as (

    select
        *,
        lag(inverse_temperature) over branch as last_inverse_temperature,
        lag(grand_energy) over branch as last_energy,
        lag(energy_fluctuation) over branch as last_fluctuation,
        first_value(inverse_temperature) over branch as first_inverse_temperature,
        first_value(grand_energy) over branch as first_energy,
        first_value(energy_fluctuation) over branch as first_fluctuation,
        sum(case when escape <= 0.3 then 0 else 1 end)
            over branch as n_lost
    from marts.thermodynamics
    window branch as (
        -- 1/kT grows where a branch starts hot, and falls where it starts cold.
        partition by alloy, series, run_id, draw, start, decoration_id, chemical_potential
        order by case when start = 'disordered' then inverse_temperature else -inverse_temperature end
    )

),

integrals as (

    select
        *,
        case
            when start = 'ordered' and first_energy > ground_energy and first_fluctuation > 0
                then (first_energy - ground_energy) * (first_energy - ground_energy) / first_fluctuation
            else 0
        end as entropy_of_coldest,
        sum(
            coalesce(
                (inverse_temperature - last_inverse_temperature) * (grand_energy + last_energy) / 2
                + (inverse_temperature - last_inverse_temperature)
                * (inverse_temperature - last_inverse_temperature)
                * (energy_fluctuation - last_fluctuation) / 12,
                0
            )
        ) over (
            partition by alloy, series, run_id, draw, start, decoration_id, chemical_potential
            order by case when start = 'disordered' then inverse_temperature else -inverse_temperature end
        ) as integral
    from steps

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
    sqrt(integral_error * integral_error + entropy_of_coldest * entropy_of_coldest)
        as reduced_free_energy_error,                    -- 1: its standard error, half of the drift included; what lies below the coldest chain counts as unknown
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
from integrals
