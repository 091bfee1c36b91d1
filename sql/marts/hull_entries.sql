-- One row per material with a formation energy: what convex hulls are built from.
select
    source,
    material_id,
    formula,
    reduced_formula,
    chemsys,
    formation_energy_per_atom,
    license
from staging.materials
where formation_energy_per_atom is not null and reduced_formula is not null
