-- One row per structure of an alloy: its energy relative to the alloy's pure elements.
-- A pure element's reference is its most stable structure of the same alloy and source on the
-- parent lattice, where a model is exactly 0 too; one on another lattice may be lower than it.
-- Weights that are 0 but for one make its formation energy exactly 0.
with energies as (

    select
        structures.alloy,
        structures.structure_id,
        structures.source,
        compositions.n_atoms,
        compositions.concentration,
        compositions.concentrations,
        compositions.element_counts,
        structures.volume / compositions.n_atoms as volume_per_atom,
        structures.total_energy / compositions.n_atoms as total_energy_per_atom
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
        unnest(generate_series(1, array_length(energies.concentrations))) as place
    from energies
    inner join staging.lattice_mappings as mappings
        on energies.alloy = mappings.alloy
        and energies.structure_id = mappings.structure_id

),

pure_elements as (

    select
        alloy,
        source,
        place,
        min(case when concentrations[place] = 1 then total_energy_per_atom end) as energy
    from mapped
    group by alloy, source, place

),

elements_of_sources as (

    select
        alloy,
        source,
        list_transform(
            list_sort(list(struct_pack(place := place, entry := energy))), lambda x: x.entry
        ) as energies
    from pure_elements
    group by alloy, source

)

select
    energies.alloy,
    energies.structure_id,
    energies.source,
    energies.n_atoms,
    energies.concentration,
    energies.concentrations,
    energies.volume_per_atom,                              -- Å³/atom: volume of the cell per atom
    energies.total_energy_per_atom,                        -- eV/atom: energy of the cell per atom
    energies.total_energy_per_atom - list_reduce(
        list_transform(
            energies.concentrations,
            -- The first element has what the others leave, so that shares add up to 1 to the last bit.
            lambda x, place: elements_of_sources.energies[place] * case
                when place > 1 then x
                else 1 - (energies.n_atoms - energies.element_counts[1]) / energies.n_atoms
            end
        ),
        lambda total, x: total + x
    ) as formation_energy_per_atom                         -- eV/atom: energy per atom less that of the elements at the same composition
from energies
inner join elements_of_sources
    on energies.alloy = elements_of_sources.alloy
    and energies.source = elements_of_sources.source
