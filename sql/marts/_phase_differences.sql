-- One row per temperature of a crystal of fixed composition, and set of parameters: the ordered phase
-- against the disordered one.
select
    ordered.alloy,
    ordered.series,
    ordered.run_id,
    ordered.draw,
    ordered.decoration_id,
    ordered.ground_energy_above_hull,
    ordered.concentration,
    ordered.concentrations,
    ordered.n_sites,
    ordered.temperature,
    ordered.inverse_temperature,
    ordered.order_parameter,
    ordered.is_in_phase as is_ordered,                   -- whether order lasts by itself at this temperature and all below
    disordered.is_in_phase as is_disordered,             -- whether disorder lasts by itself at this temperature and all above
    ordered.reduced_free_energy - disordered.reduced_free_energy as free_energy_difference, -- 1: free energy of the ordered phase less that of the disordered one, over k_B T, per atom
    sqrt(
        ordered.reduced_free_energy_error * ordered.reduced_free_energy_error
        + disordered.reduced_free_energy_error * disordered.reduced_free_energy_error
    ) as free_energy_difference_error,                   -- 1: its standard error
    ordered.reduced_free_energy_drift - disordered.reduced_free_energy_drift
        as free_energy_difference_drift,                 -- 1: that of the chains' second halves less that of their first
    abs(ordered.reduced_free_energy_drift - disordered.reduced_free_energy_drift) <= 6 * sqrt(
        greatest(
            ordered.reduced_free_energy_error * ordered.reduced_free_energy_error
            + disordered.reduced_free_energy_error * disordered.reduced_free_energy_error
            - (
                ordered.reduced_free_energy_drift * ordered.reduced_free_energy_drift
                + disordered.reduced_free_energy_drift * disordered.reduced_free_energy_drift
            ) / 4,
            0
        )
    ) as is_equilibrated,                                -- whether the halves of the chains agree within three standard errors of their difference, which do not hold the drift
    disordered.mean_energy - ordered.mean_energy as energy_step, -- eV/atom: energy of the disordered phase less that of the ordered one
    sqrt(
        coalesce(ordered.energy_error * ordered.energy_error, 0)
        + coalesce(disordered.energy_error * disordered.energy_error, 0)
    ) as energy_step_error                               -- eV/atom: its standard error, of chains long enough to tell
from marts.free_energies as ordered
inner join marts.free_energies as disordered
    on ordered.alloy = disordered.alloy
    and ordered.series = disordered.series
    and ordered.run_id = disordered.run_id
    and coalesce(ordered.draw, -1) = coalesce(disordered.draw, -1)
    and ordered.temperature = disordered.temperature
    -- NULL where it was simulated before several compositions could stand in one series.
    and (ordered.concentrations is null or ordered.concentrations = disordered.concentrations)
where ordered.start = 'ordered' and disordered.start = 'disordered' and ordered.chemical_potential is null
