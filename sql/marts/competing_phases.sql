-- One row per structure of an alloy that is not on its parent lattice: where it lies beside the convex
-- hull of those that are. No expansion on the parent lattice knows of it.
select
    energies.alloy,
    energies.structure_id,
    energies.source,
    compositions.formula,
    compositions.composition_group,
    energies.n_atoms,
    energies.concentration,
    energies.concentrations,
    energies.formation_energy_per_atom,
    energies.formation_energy_per_atom - hulls.hull_energy as energy_above_parent_hull, -- eV/atom: energy per atom above the hull of the parent lattice; negative if it is more stable than all that the parent lattice can form
    energies.formation_energy_per_atom < hulls.hull_energy - 1e-9 as is_below_parent_hull -- whether it is more stable than any mixture of structures on the parent lattice
from features.formation_energies as energies
inner join features.alloy_compositions as compositions
    on energies.alloy = compositions.alloy
    and energies.structure_id = compositions.structure_id
left join staging.lattice_mappings as mappings
    on energies.alloy = mappings.alloy
    and energies.structure_id = mappings.structure_id
inner join marts._structure_hulls as hulls
    on energies.alloy = hulls.alloy
    and energies.structure_id = hulls.structure_id
where mappings.structure_id is null
