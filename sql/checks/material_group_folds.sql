-- No reduced formula and no chemical system lies in two folds of the split that groups by it.
with groups as (

    select
        'formula_groups' as split,
        reduced_formula as group_name,
        formula_group_fold as fold
    from features.material_splits
    union all
    select
        'chemical_system_groups' as split,
        chemsys as group_name,
        chemical_system_group_fold as fold
    from features.material_splits

)

select
    split,
    group_name,
    count(distinct fold) as n_folds
from groups
group by split, group_name
having count(distinct fold) > 1 or count(fold) < count(*)
