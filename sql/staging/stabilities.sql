-- One row per convex hull and material.
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
from raw.stabilities
