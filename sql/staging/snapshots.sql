-- One row per Monte Carlo chain of a fit: its crystal after the last sweep.
select
    alloy,
    series,
    run_id,
    simulation,
    occupations,
    energy
from raw.snapshots
-- A run that `simulations` does not name was stopped while it was written.
where run_id in (select run_id from raw.simulations)
