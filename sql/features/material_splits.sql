-- One row per material: the fold that tests it, by each way to part training and test rows.
-- Digests of names decide, so that every engine and every run agree and no other material has
-- a say; a digest is below '3333' for a fifth of all names.
with digests as (

    select
        source,
        material_id,
        reduced_formula,
        chemsys,
        md5('formula group/' || reduced_formula) as formula_digest,
        md5('chemical system group/' || chemsys) as chemsys_digest
    from features.compositions

)

select
    digests.source,
    digests.material_id,
    digests.reduced_formula,
    digests.chemsys,
    folds.official_fold,                                   -- 1: fold 0 to 4 of the source's benchmark; NULL if it has none
    case
        when formula_digest < '3333' then 0
        when formula_digest < '6666' then 1
        when formula_digest < '9999' then 2
        when formula_digest < 'cccc' then 3
        else 4
    end as formula_group_fold,                             -- 1: fold 0 to 4; the same for all materials of a reduced formula
    case
        when chemsys_digest < '3333' then 0
        when chemsys_digest < '6666' then 1
        when chemsys_digest < '9999' then 2
        when chemsys_digest < 'cccc' then 3
        else 4
    end as chemical_system_group_fold                      -- 1: fold 0 to 4; the same for all materials of a chemical system
from digests
inner join features.labelled_materials as materials
    on digests.source = materials.source
    and digests.material_id = materials.material_id
left join staging.benchmark_folds as folds
    on materials.dataset = folds.benchmark
    and materials.material_id = folds.material_id
