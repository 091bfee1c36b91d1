-- The materials nearest to a formula by composition, the nearest first: formula and distance, the
-- share of the atoms that would have to be of another element, 0 to 1. Ask it for the first few.
-- Example: from similar_materials('LiFePO4') limit 10
create macro similar_materials(
    wanted                                                 -- text of a formula
) as table
with target as (

    select
        share.element as element,
        share.fraction as fraction
    from (select unnest(element_fractions(wanted)) as share)

),

entries as (

    select
        reduced_formula,
        unnest(composition) as entry,
        list_reduce(
            list_transform(composition, lambda term: term.amount),
            lambda total, amount: total + amount
        ) as n_atoms
    from staging.materials
    where reduced_formula is not null

),

shares as (

    -- Of several materials of one formula, whose shares are equal, one counts.
    select
        entries.reduced_formula,
        target.element,
        max(least(entries.entry.amount / entries.n_atoms, target.fraction)) as shared
    from entries
    inner join target on entries.entry.element = target.element
    group by entries.reduced_formula, target.element

)

select
    reduced_formula,
    round(greatest(1 - sum(shared), 0), 12) as distance
from shares
group by reduced_formula
order by distance, reduced_formula
