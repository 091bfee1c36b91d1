-- One row per quantity that a Monte Carlo chain measured.
select
    alloy,
    series,
    run_id,
    simulation,
    quantity,
    component,
    mean,
    standard_error,
    n_effective,
    variance,
    drift
from raw.ensemble_averages
-- A run that `simulations` does not name was stopped while it was written.
where run_id in (select run_id from raw.simulations)
