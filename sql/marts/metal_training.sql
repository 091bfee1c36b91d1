-- One row per data set and material: label, folds and counts. What the metal / non-metal classifier
-- reads of it is in `metal_descriptors`, Magpie's features, for comparison, in `metal_magpie`. Nothing
-- here may define the label: no band gap, no energy, no density of states.
select
    materials.dataset,
    materials.material_id,
    materials.formula,
    compositions.reduced_formula,
    compositions.chemsys,
    compositions.elements,
    compositions.atomic_fractions,
    materials.is_metal,
    splits.official_fold,
    splits.formula_group_fold,
    splits.chemical_system_group_fold,
    compositions.n_elements,
    descriptors.nsites,
    descriptors.mixing_entropy,
    descriptors.valence_electrons_per_cell,
    descriptors.has_odd_electrons
from features.labelled_materials as materials
inner join features.compositions using (source, material_id)
inner join features.material_splits as splits using (source, material_id)
inner join features.electron_counts as descriptors using (source, material_id)
where materials.is_metal is not null
