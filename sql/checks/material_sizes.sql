-- Where the unit cell is known and its sites are not shared, the formula lists all of them.
select
    materials.source,
    materials.material_id,
    materials.nsites,
    compositions.n_atoms
from features.labelled_materials as materials
inner join features.compositions as compositions
    on materials.source = compositions.source
    and materials.material_id = compositions.material_id
where
    abs(materials.nsites - compositions.n_atoms) > 1e-6
    and compositions.n_atoms = round(compositions.n_atoms)
