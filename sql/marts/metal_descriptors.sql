-- One row per data set, material and descriptor that it has: the long, sparse form of what the
-- classifier reads. A descriptor that a material lacks counts as zero.
select
    materials.dataset,
    materials.material_id,
    descriptors.descriptor_set,                            -- idea that the descriptor comes from
    descriptors.descriptor_kind,                           -- what of the idea the descriptor tells
    descriptors.descriptor_elements,                       -- chemical symbols that the descriptor is about; none if it is about the whole
    descriptors.descriptor,                                -- what the material has, in words
    descriptors.value                                      -- 1: share of the atoms for a fraction, 1 for all else
from features.labelled_materials as materials
inner join features.compositions as compositions
    on materials.source = compositions.source
    and materials.material_id = compositions.material_id
inner join marts.metal_formula_descriptors as descriptors
    on compositions.reduced_formula = descriptors.reduced_formula
union all
select
    dataset,
    material_id,
    descriptor_set,
    descriptor_kind,
    descriptor_elements,
    descriptor,
    value
from marts.metal_cell_descriptors
