-- One row per structure of an alloy on its parent lattice: its energy above the convex hull of the
-- calculated data there, and marts.decompositions what it falls apart into; marts.competing_phases
-- has the structures on other lattices. A billionth of an eV counts as none: a point on a tie line
-- is on the hull but for rounding.
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
    energies.formation_energy_per_atom - hulls.hull_energy as energy_above_hull, -- eV/atom: energy per atom above the convex hull
    energies.formation_energy_per_atom <= hulls.hull_energy + 1e-9 as is_on_hull -- whether the structure is on the convex hull
from features.formation_energies as energies
inner join features.alloy_compositions as compositions
    on energies.alloy = compositions.alloy
    and energies.structure_id = compositions.structure_id
inner join staging.lattice_mappings as mappings
    on energies.alloy = mappings.alloy
    and energies.structure_id = mappings.structure_id
inner join marts._structure_hulls as hulls
    on energies.alloy = hulls.alloy
    and energies.structure_id = hulls.structure_id
