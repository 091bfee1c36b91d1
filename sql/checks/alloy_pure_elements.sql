-- The most stable structure of each pure element has a formation energy of exactly 0.
select
    alloy,
    source,
    min(case when concentration = 0 then formation_energy_per_atom end) as first_element,
    min(case when concentration = 1 then formation_energy_per_atom end) as second_element
from features.formation_energies
group by alloy, source
having
    coalesce(min(case when concentration = 0 then formation_energy_per_atom end), 1) <> 0
    or coalesce(min(case when concentration = 1 then formation_energy_per_atom end), 1) <> 0
