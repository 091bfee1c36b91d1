-- One row per data set and reduced formula: how many of its labelled materials are metals. An answer of
-- the classifier is held against these.
select
    materials.dataset,
    compositions.reduced_formula,
    any_value(compositions.elements) as elements,
    any_value(compositions.atomic_fractions) as atomic_fractions,
    count(*) as n_materials,                               -- 1: labelled materials of the formula
    cast(sum(case when materials.is_metal then 1 else 0 end) as bigint) as n_metals  -- 1: those that are metals
from features.labelled_materials as materials
inner join features.compositions as compositions
    on materials.source = compositions.source
    and materials.material_id = compositions.material_id
where materials.is_metal is not null
group by materials.dataset, compositions.reduced_formula
