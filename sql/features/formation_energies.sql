-- One row per structure of an alloy: its energy relative to the alloy's pure elements.
-- A pure element's reference is its most stable structure of the same alloy and source on the
-- parent lattice, where a model is exactly 0 too; one on another lattice may be lower than it.
-- The weights 0 and 1 make its formation energy exactly 0.
with energies as (

    select
        structures.alloy,
        structures.structure_id,
        structures.source,
        compositions.n_atoms,
        compositions.concentration,
        structures.volume / compositions.n_atoms as volume_per_atom,
        structures.total_energy / compositions.n_atoms as total_energy_per_atom
    from staging.alloy_structures as structures
    inner join features.alloy_compositions as compositions
        on structures.alloy = compositions.alloy
        and structures.structure_id = compositions.structure_id

),

pure_elements as (

    select
        energies.alloy,
        energies.source,
        min(case when energies.concentration = 0 then energies.total_energy_per_atom end)
            as first_energy,
        min(case when energies.concentration = 1 then energies.total_energy_per_atom end)
            as second_energy
    from energies
    inner join staging.lattice_mappings as mappings
        on energies.alloy = mappings.alloy
        and energies.structure_id = mappings.structure_id
    group by energies.alloy, energies.source

)

select
    energies.alloy,
    energies.structure_id,
    energies.source,
    energies.n_atoms,
    energies.concentration,
    energies.volume_per_atom,                              -- Å³/atom: volume of the cell per atom
    energies.total_energy_per_atom,                        -- eV/atom: energy of the cell per atom
    energies.total_energy_per_atom - (
        (1 - energies.concentration) * pure_elements.first_energy
        + energies.concentration * pure_elements.second_energy
    ) as formation_energy_per_atom                         -- eV/atom: energy per atom less that of the elements at the same composition
from energies
inner join pure_elements
    on energies.alloy = pure_elements.alloy
    and energies.source = pure_elements.source
