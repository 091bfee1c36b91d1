-- One row per temperature and pair of phases that stand side by side there, by each set of parameters.
-- At each simulated chemical potential the phase of the lowest grand potential is stable. Where two
-- neighbouring ones have different phases, both grand potentials are followed to where they are equal:
-- the common tangent of the free energies. Their slopes are the concentrations, whose slopes follow
-- from fluctuations. A solution may part from a solution: there the concentration steps by more than
-- it fluctuates.
with phases as (

    select
        energies.*,
        chains.concentration_susceptibility as susceptibility,
        -- That of one sample where the chain is too short.
        coalesce(
            chains.concentration_error * chains.concentration_error,
            chains.concentration_susceptibility / chains.inverse_temperature / chains.n_sites
        ) as concentration_variance,
        energies.reduced_free_energy_error / energies.inverse_temperature as free_energy_error,
        -- A pure element takes up the other, however it was made.
        case
            when energies.start = 'disordered' or pure.decoration_id is not null then 'solution'
            else energies.decoration_id
        end as phase,
        row_number() over (
            partition by
                energies.alloy, energies.series, energies.run_id, energies.draw,
                energies.temperature, energies.chemical_potential
            order by energies.free_energy, energies.simulation
        ) as place
    from marts.free_energies as energies
    inner join marts.thermodynamics as chains
        on energies.alloy = chains.alloy
        and energies.series = chains.series
        and energies.run_id = chains.run_id
        and energies.simulation = chains.simulation
    left join staging.derivative_structures as pure
        on energies.decoration_id = pure.decoration_id and pure.n_sites = 1
    where energies.chemical_potential is not null and energies.free_energy is not null
        and energies.is_in_phase

),

neighbours as (

    select
        *,
        lead(phase) over upwards as next_phase,
        lead(chemical_potential) over upwards as next_potential,
        lead(concentration) over upwards as next_concentration,
        lead(susceptibility) over upwards as next_susceptibility,
        lead(concentration_variance) over upwards as next_concentration_variance,
        lead(free_energy) over upwards as next_free_energy,
        lead(free_energy_error) over upwards as next_free_energy_error
    from phases
    where place = 1
    window upwards as (
        partition by alloy, series, run_id, draw, temperature order by chemical_potential
    )

),

tangents as (

    select
        *,
        next_concentration - concentration as step,
        (
            free_energy + concentration * chemical_potential
            - next_free_energy - next_concentration * next_potential
        ) / (concentration - next_concentration) as tangent
    from neighbours
    where next_concentration > concentration
        and (
            phase <> next_phase
            or next_concentration - concentration
            > 0.1 + 2 * (susceptibility + next_susceptibility) * (next_potential - chemical_potential)
        )

),

-- The tangent lets the grand potentials be straight lines; one step of Newton's mends that.
mended as (

    select
        *,
        tangent + (
            susceptibility * (tangent - chemical_potential) * (tangent - chemical_potential)
            - next_susceptibility * (next_potential - tangent) * (next_potential - tangent)
        ) / 2 / greatest(
            step
            - susceptibility * (tangent - chemical_potential)
            - next_susceptibility * (next_potential - tangent),
            step / 4
        ) as nearer
    from tangents

),

touching as (

    -- Noise may put it a little aside of the two potentials that it lies between.
    select
        *,
        least(greatest(nearer, chemical_potential), next_potential) as potential,
        sqrt(
            free_energy_error * free_energy_error + next_free_energy_error * next_free_energy_error
        ) / step as potential_error
    from mended

)

select
    alloy,
    series,
    run_id,
    draw,
    n_sites,
    temperature,
    phase as left_phase,                                 -- decoration_id of the phase that has less of the second element, or solution
    next_phase as right_phase,                           -- decoration_id of the phase that has more of it, or solution
    potential as chemical_potential,                     -- eV: at which both have the same grand potential
    potential_error as chemical_potential_error,         -- eV: its standard error, of both free energies
    least(
        concentration + susceptibility * (potential - chemical_potential),
        (concentration + next_concentration) / 2
    ) as left_concentration,                             -- 1: share of the second element at which the left phase ends
    sqrt(
        concentration_variance
        + susceptibility * susceptibility * potential_error * potential_error
    ) as left_concentration_error,                       -- 1: its standard error, by those of the chain's concentration and of the chemical potential
    greatest(
        next_concentration - next_susceptibility * (next_potential - potential),
        (concentration + next_concentration) / 2
    ) as right_concentration,                            -- 1: share of the second element at which the right phase begins
    sqrt(
        next_concentration_variance
        + next_susceptibility * next_susceptibility * potential_error * potential_error
    ) as right_concentration_error                       -- 1: its standard error, by those of the chain's concentration and of the chemical potential
from touching
