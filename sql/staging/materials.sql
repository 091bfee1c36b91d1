-- One row per material of a source.
select
    source,
    material_id,
    formula,
    composition,
    nsites,
    is_metal,
    band_gap,
    formation_energy_per_atom,
    license
from raw.materials
