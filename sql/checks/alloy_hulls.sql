-- No structure on the parent lattice lies below the convex hull, each has its place on a facet, and
-- where SQL makes the hull of two elements, the facets are its own. Cure: `python -m ingest alloys`,
-- with --from for structures of your own.
select
    energies.alloy,
    energies.structure_id,
    energies.formation_energy_per_atom,
    hulls.hull_energy,
    places.hull_energy as facet_energy,
    list_min(places.amounts) as least_amount
from features.formation_energies as energies
inner join staging.lattice_mappings as mappings
    on energies.alloy = mappings.alloy
    and energies.structure_id = mappings.structure_id
left join marts._structure_hulls as hulls
    on energies.alloy = hulls.alloy
    and energies.structure_id = hulls.structure_id
left join marts._hull_places as places
    on energies.alloy = places.alloy
    and energies.structure_id = places.structure_id
where
    energies.formation_energy_per_atom is not null
    and (
        hulls.hull_energy is null
        or hulls.hull_energy > energies.formation_energy_per_atom + 1e-9
        or abs(hulls.hull_energy - places.hull_energy) > 1e-9
        or list_min(places.amounts) < -1e-9
    )
