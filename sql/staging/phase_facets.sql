-- One row per facet of the convex hull of free energies at a temperature, of one set of parameters.
select
    alloy,
    series,
    run_id,
    facet_index,
    draw,
    temperature,
    phases,
    phase_numbers,
    compositions,
    chemical_potentials,
    amounts,
    phase_amounts
from raw.phase_facets
-- A run that `simulations` does not name was stopped while it was written.
where run_id in (select run_id from raw.simulations)
