-- One row per structure of an alloy with a formation energy: the energy of the convex hull of the
-- calculated data at its composition. For two elements SQL makes the hull, as it does of
-- predictions; for more it is made of facets, which the job `alloys` writes beside the mappings.
select
    energies.alloy,
    energies.structure_id,
    hulls.hull_energy
from features.formation_energies as energies
inner join marts._convex_hulls as hulls
    on energies.alloy = hulls.alloy
    and energies.source = hulls.series
    and energies.concentration = hulls.concentration
where hulls.origin = 'calculated'
union all
select
    alloy,
    structure_id,
    hull_energy
from marts._hull_places
where array_length(vertices) > 2
