-- One row per labelled material and descriptor that it has: label, fold and value, as the single fit
-- reads them.
select
    training.dataset,
    training.material_id,
    training.is_metal,
    training.formula_group_fold,
    descriptors.descriptor,
    descriptors.value
from marts.metal_training as training
inner join marts.metal_descriptors as descriptors
    on training.dataset = descriptors.dataset
    and training.material_id = descriptors.material_id
