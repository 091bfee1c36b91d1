-- The most stable structure of each pure element on the parent lattice has a formation energy of
-- exactly 0.
select
    energies.alloy,
    energies.source,
    min(case when energies.concentration = 0 then energies.formation_energy_per_atom end)
        as first_element,
    min(case when energies.concentration = 1 then energies.formation_energy_per_atom end)
        as second_element
from features.formation_energies as energies
inner join staging.lattice_mappings as mappings
    on energies.alloy = mappings.alloy
    and energies.structure_id = mappings.structure_id
group by energies.alloy, energies.source
having
    coalesce(
        min(case when energies.concentration = 0 then energies.formation_energy_per_atom end), 1
    ) <> 0
    or coalesce(
        min(case when energies.concentration = 1 then energies.formation_energy_per_atom end), 1
    ) <> 0
