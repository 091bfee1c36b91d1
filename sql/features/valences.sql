-- One row per element: what a chemist expects of it before any calculation, from its place in the
-- periodic table alone.
select
    element,
    case when block = 'f' then 'f' else cast("group" as varchar) end as family,  -- group of the periodic table, or f for lanthanides and actinides
    case
        when block = 'f' then 3
        when "group" <= 12 then "group"
        else "group" - 10
    end as valence,                                        -- 1: electrons outside the closed shell that chemistry counts; 3 for f elements
    case
        when element = 'H' or block = 'f' then case when element = 'H' then 1 else 3 end
        when block = 's' then "group"
        when block = 'd' then coalesce(list_min(common_oxidation_states), 3)
        when "group" <= 16 then "group" - 10
        else "group" - 18
    end as cation_charge,                                  -- e: charge next to a more electronegative element
    case
        when element = 'H' then -1
        when block = 'f' then 3
        when block = 's' then "group"
        when block = 'd' then coalesce(list_min(common_oxidation_states), 3)
        else "group" - 18
    end as anion_charge,                                   -- e: charge next to a less electronegative element; in the s, d and f blocks that of the cation, but -1 for H
    coalesce(electronegativity, avg(electronegativity) over ()) as electronegativity,  -- 1: Pauling electronegativity; the mean over the elements where it is unknown
    common_oxidation_states,
    oxidation_states
from staging.elements
