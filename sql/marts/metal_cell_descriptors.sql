-- One row per data set, material and descriptor that it has beside those of its formula: of its unit
-- cell, where that is known, and of its calculated structure, where there is one.
with descriptors as (

    select
        source,
        material_id,
        descriptor_set,
        descriptor_kind,
        descriptor_elements,
        descriptor,
        value
    from features.cell_descriptors
    union all
    select
        source,
        material_id,
        descriptor_set,
        descriptor_kind,
        descriptor_elements,
        descriptor,
        value
    from features.structure_descriptors

)

select
    materials.dataset,
    materials.material_id,
    descriptors.descriptor_set,                            -- idea that the descriptor comes from: cell, geometry, stability or magnetism
    descriptors.descriptor_kind,                           -- what of the idea the descriptor tells, such as n_sites or density
    descriptors.descriptor_elements,                       -- chemical symbols that the descriptor is about; none if it is about the whole
    descriptors.descriptor,                                -- what the material has, in words
    descriptors.value
from descriptors
inner join features.labelled_materials as materials
    on descriptors.source = materials.source
    and descriptors.material_id = materials.material_id
