-- Where the unit cell is known, the formula lists all of its sites.
select
    materials.source,
    materials.material_id,
    materials.nsites,
    compositions.n_atoms
from staging.materials as materials
inner join features.compositions as compositions
    on materials.source = compositions.source
    and materials.material_id = compositions.material_id
where abs(materials.nsites - compositions.n_atoms) > 1e-6
