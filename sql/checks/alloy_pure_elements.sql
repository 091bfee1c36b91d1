-- The most stable structure of each end member (pure elements, where all sites are alike and have an
-- atom) on the parent lattice has a formation energy of exactly 0.
with structures as (

    select
        energies.alloy,
        energies.source,
        energies.concentrations,
        energies.is_end_member,
        energies.formation_energy_per_atom,
        unnest(generate_series(1, array_length(energies.concentrations))) as place
    from features.formation_energies as energies
    inner join staging.lattice_mappings as mappings
        on energies.alloy = mappings.alloy
        and energies.structure_id = mappings.structure_id

)

select
    alloy,
    source,
    place as element_number,
    min(
        case when is_end_member and concentrations[place] = 1 then formation_energy_per_atom end
    ) as lowest_energy
from structures
-- A lattice without any atom is no structure.
where not (
    place = 1
    and array_length(list_filter(string_split(alloy, '_'), lambda x: not starts_with(x, 'x-'))) = 0
)
group by alloy, source, place
having
    coalesce(
        min(
            case when is_end_member and concentrations[place] = 1 then formation_energy_per_atom end
        ),
        1
    ) <> 0
