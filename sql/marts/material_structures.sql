-- One row per material of a known structure: what that tells beside the formula.
select
    materials.source,
    materials.material_id,
    materials.nsites,
    coalesce(materials.density_atomic, materials.volume / materials.nsites) as density_atomic,  -- Å³/atom: volume per atom
    groups.group_crystal_system,
    groups.group_point_group,
    cast(materials.spacegroup_number as varchar) as space_group  -- number of the space group in the International Tables, as text: a class
from staging.materials as materials
left join features.space_groups as groups
    on materials.source = groups.source
    and materials.material_id = groups.material_id
where
    materials.spacegroup_number is not null
    or materials.density_atomic is not null
    or materials.volume is not null
