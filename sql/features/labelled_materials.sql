-- One row per material of a source that says whether it is a metal: what the study of metals is about.
select
    source,
    dataset,
    material_id,
    formula,
    composition,
    nsites,
    is_metal,
    formation_energy_per_atom,
    volume,
    density,
    density_atomic,
    crystal_system,
    spacegroup_symbol,
    spacegroup_number,
    point_group,
    energy_above_hull,
    is_magnetic,
    ordering,
    total_magnetization
from staging.materials
where is_metal is not null
