-- End members are never tested, mixed structures always are, and equal decorations together.
select
    splits.alloy,
    splits.decoration_id,
    min(compositions.composition_group) as composition_group,
    min(splits.random_fold) as first_random_fold,
    max(splits.random_fold) as last_random_fold,
    count(splits.random_fold) as n_tested,
    count(case when splits.is_locked_test then 1 end) as n_locked,
    count(*) as n_structures
from features.alloy_splits as splits
inner join features.alloy_compositions as compositions
    on splits.alloy = compositions.alloy
    and splits.structure_id = compositions.structure_id
group by splits.alloy, splits.decoration_id
having
    min(compositions.composition_group) <> max(compositions.composition_group)
    or min(splits.random_fold) <> max(splits.random_fold)
    or count(splits.random_fold)
        <> case when count(case when compositions.is_end_member then 1 end) > 0 then 0 else count(*) end
    or count(case when splits.is_locked_test then 1 end) not in (0, count(*))
    or (
        count(case when compositions.is_end_member then 1 end) > 0
        and count(case when splits.is_locked_test then 1 end) > 0
    )
