-- One row per convex hull and material: how far above the hull it lies, and what it falls apart into.
-- `python -m analysis stability` makes them.
select
    hull,
    source,
    material_id,
    run_id,
    formula,
    reduced_formula,
    chemsys,
    formation_energy_per_atom,
    energy_above_hull,
    decomposition_energy,
    is_stable,
    products
from staging.stabilities
