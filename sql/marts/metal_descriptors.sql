-- One row per data set, material and descriptor that it has: the long, sparse form of what the
-- classifier reads. A descriptor that a material lacks counts as zero.
select
    materials.source || '_is_metal' as dataset,            -- name of the data set, as Matbench has it
    materials.material_id,
    descriptors.descriptor_set,                            -- idea that the descriptor comes from
    descriptors.descriptor,                                -- what the material has
    descriptors.value                                      -- 1: share of the atoms for a fraction, 1 for all else
from staging.materials as materials
inner join features.compositions as compositions
    on materials.source = compositions.source
    and materials.material_id = compositions.material_id
inner join features.formula_descriptors as descriptors
    on compositions.reduced_formula = descriptors.reduced_formula
union all
select
    source || '_is_metal' as dataset,
    material_id,
    descriptor_set,
    descriptor,
    value
from features.cell_descriptors
union all
select
    source || '_is_metal' as dataset,
    material_id,
    descriptor_set,
    descriptor,
    value
from features.structure_descriptors
