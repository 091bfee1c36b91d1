-- One row per structure of an alloy: its energy relative to the alloy's end members: the pure
-- elements or, where sublattices differ or sites may be vacant, those of features.alloy_site_shares.
-- An end member's reference is its most stable structure of the same alloy and source on the
-- parent lattice, where a model is exactly 0 too; one on another lattice may be lower than it.
-- Weights that are 0 but for one make its formation energy exactly 0. Energies are per atom, and where
-- sites may be vacant per site: then a primitive cell of n sites, such as LiNiO2, has n times as much.
-- A lattice without any atom is the first end member where all sites may be vacant, and has none.
with energies as (

    select
        structures.alloy,
        structures.structure_id,
        structures.source,
        compositions.n_atoms,
        compositions.n_sites,
        compositions.concentration,
        compositions.concentrations,
        compositions.is_end_member,
        -- The first element has what the others leave, so that shares add up to 1 to the last bit.
        case
            when compositions.concentrations[1] = compositions.element_counts[1] / compositions.n_sites
                then 1 - (compositions.n_sites - compositions.element_counts[1]) / compositions.n_sites
            else compositions.concentrations[1]
        end as first_share,
        structures.volume / compositions.n_sites as volume_per_atom,
        structures.total_energy / compositions.n_sites as total_energy_per_atom
    from staging.alloy_structures as structures
    inner join features.alloy_compositions as compositions
        on structures.alloy = compositions.alloy
        and structures.structure_id = compositions.structure_id

),

mapped as (

    select
        energies.alloy,
        energies.source,
        energies.total_energy_per_atom,
        energies.concentrations,
        energies.is_end_member,
        unnest(generate_series(1, array_length(energies.concentrations))) as place
    from energies
    inner join staging.lattice_mappings as mappings
        on energies.alloy = mappings.alloy
        and energies.structure_id = mappings.structure_id

),

end_members as (

    select
        alloy,
        source,
        place,
        coalesce(
            min(
                case when is_end_member and concentrations[place] = 1 then total_energy_per_atom end
            ),
            case
                when
                    place = 1
                    and array_length(
                        list_filter(string_split(alloy, '_'), lambda x: not starts_with(x, 'x-'))
                    ) = 0
                    then 0.0
            end
        ) as energy
    from mapped
    group by alloy, source, place

),

members_of_sources as (

    select
        alloy,
        source,
        list_transform(
            list_sort(list(struct_pack(place := place, entry := energy))), lambda x: x.entry
        ) as energies
    from end_members
    group by alloy, source

)

select
    energies.alloy,
    energies.structure_id,
    energies.source,
    energies.n_atoms,
    energies.n_sites,
    energies.concentration,
    energies.concentrations,
    energies.is_end_member,
    energies.volume_per_atom,                              -- Å³/atom: volume of the cell per atom, or per site where sites may be vacant
    energies.total_energy_per_atom,                        -- eV/atom: energy of the cell per atom, or per site where sites may be vacant
    energies.total_energy_per_atom - list_reduce(
        list_transform(
            energies.concentrations,
            lambda x, place: members_of_sources.energies[place]
                * case when place > 1 then x else energies.first_share end
        ),
        lambda total, x: total + x
    ) as formation_energy_per_atom                         -- eV/atom: energy per atom less that of the elements at the same composition; per site, less that of the end members, where sites may be vacant
from energies
inner join members_of_sources
    on energies.alloy = members_of_sources.alloy
    and energies.source = members_of_sources.source
