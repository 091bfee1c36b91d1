-- One row per Monte Carlo chain: its crystal, its temperature and its parameters.
select
    alloy,
    series,
    run_id,
    simulation,
    model,
    model_run_id,
    draw,
    ensemble,
    start,
    decoration_id,
    concentration,
    n_sites,
    temperature,
    inverse_temperature,
    mixing_entropy,
    n_equilibration_sweeps,
    n_sweeps,
    seed,
    lineage
from raw.simulations
