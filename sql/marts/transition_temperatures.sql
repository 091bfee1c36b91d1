-- One row per series of simulations of fixed composition and set of parameters: where its ordered
-- and its disordered phase have equal free energies. NULL draws are the fit itself. The phases must
-- be two: ordered and not, by more than three standard errors of their energies. Where they are not,
-- there is no such temperature, and order is lost between the lowest and the highest that are given.
with paired as (

    select
        *,
        is_ordered and is_disordered and energy_step > 3 * energy_step_error as are_distinct,
        lead(inverse_temperature) over upwards as next_inverse_temperature,
        lead(free_energy_difference) over upwards as next_difference,
        lead(energy_step) over upwards as next_energy_step,
        lead(is_ordered and is_disordered and energy_step > 3 * energy_step_error)
            over upwards as are_next_distinct
    from marts._phase_differences
    window upwards as (partition by alloy, series, run_id, draw, concentrations order by temperature)

),

straight as (

    -- A straight line in 1/kT, from one temperature to the next.
    select
        *,
        free_energy_difference / (free_energy_difference - next_difference) as part,
        next_difference - free_energy_difference as rise,
        (inverse_temperature - next_inverse_temperature) * energy_step as rise_here,
        (inverse_temperature - next_inverse_temperature) * next_energy_step as rise_there,
        row_number() over (partition by alloy, series, run_id, draw, concentrations order by temperature) as place
    from paired
    where free_energy_difference < 0 and next_difference >= 0 and are_distinct and are_next_distinct

),

curved as (

    -- The energies are the line's slopes at both ends: the cubic that has them, by one step of Newton's.
    select
        *,
        least(greatest(
            part - part * (1 - part)
            * ((1 - part) * (rise_here - rise) - part * (rise_there - rise)) / rise,
            0
        ), 1) as nearer
    from straight
    where place = 1

),

crossings as (

    select
        *,
        energy_step + (next_energy_step - energy_step) * nearer as step,
        -- 1/kT times T is the same everywhere.
        inverse_temperature * temperature / (
            inverse_temperature + (next_inverse_temperature - inverse_temperature) * nearer
        ) as crossing
    from curved

),

brackets as (

    select
        alloy,
        series,
        run_id,
        draw,
        decoration_id,
        ground_energy_above_hull,
        concentration,
        concentrations,
        n_sites,
        max(
            case
                when is_ordered and (
                    not is_disordered
                    or free_energy_difference + 2 * free_energy_difference_error < 0
                ) then temperature
            end
        ) as lowest_temperature,
        min(
            case
                when is_disordered and (
                    not is_ordered or free_energy_difference - 2 * free_energy_difference_error > 0
                ) then temperature
            end
        ) as highest_temperature
    from marts._phase_differences
    group by
        alloy, series, run_id, draw, decoration_id, ground_energy_above_hull, concentration, concentrations, n_sites

)

select
    brackets.alloy,
    brackets.series,
    brackets.run_id,
    brackets.draw,
    brackets.decoration_id,
    brackets.ground_energy_above_hull,
    brackets.concentration,
    brackets.concentrations,
    brackets.n_sites,
    crossings.crossing as transition_temperature,        -- K: where both phases have the same free energy; NULL if they never do, or are not two
    crossings.free_energy_difference_error * crossings.crossing / (crossings.step * crossings.inverse_temperature)
        as transition_temperature_error,                 -- K: standard error of correlated samples, half of each phase's drift, and what lies below the coldest chains; the model's doubt is the draws'
    -crossings.free_energy_difference_drift * crossings.crossing / (crossings.step * crossings.inverse_temperature)
        as transition_temperature_drift,                 -- K: that of the chains' second halves less that of their first
    crossings.is_equilibrated,                           -- whether the halves of the chains agree within three standard errors of their difference, which do not hold the drift
    crossings.step as transition_energy,                 -- eV/atom: energy of the disordered phase less that of the ordered one there
    crossings.step * crossings.inverse_temperature * crossings.temperature / crossings.crossing
        as transition_entropy,                           -- k_B/atom: what order costs in entropy, the transition energy over k_B T
    crossings.order_parameter,                           -- 1: long-range order of the ordered phase just below
    brackets.lowest_temperature,                         -- K: the highest one at which order is stable beyond doubt; NULL if there is none
    brackets.highest_temperature                         -- K: the lowest one at which disorder is stable beyond doubt; NULL if there is none
from brackets
left join crossings
    on brackets.alloy = crossings.alloy
    and brackets.series = crossings.series
    and brackets.run_id = crossings.run_id
    and coalesce(brackets.draw, -1) = coalesce(crossings.draw, -1)
    and (brackets.concentrations is null or brackets.concentrations = crossings.concentrations)
