-- One row per structure of an alloy with a formation energy: the facet of the convex hull that it
-- lies above or on, for any number of elements. It is the facet in which no vertex has a share
-- below 0; on an edge of several, any of them will do, and the first is taken.
with amounts as (

    select
        energies.alloy,
        energies.structure_id,
        energies.formation_energy_per_atom,
        facets.facet_index,
        facets.vertices,
        list_inner_product(facets.chemical_potentials, energies.concentrations) as plane_energy,
        list_transform(
            facets.amounts,
            lambda factors: list_inner_product(factors, energies.concentrations)
        ) as amounts
    from features.formation_energies as energies
    inner join staging.hull_facets as facets
        on energies.alloy = facets.alloy
        and energies.source = facets.source
    where energies.formation_energy_per_atom is not null

),

ranked as (

    select
        alloy,
        structure_id,
        formation_energy_per_atom,
        facet_index,
        vertices,
        plane_energy,
        amounts,
        row_number() over (
            partition by alloy, structure_id
            order by round(list_min(amounts), 9) desc, facet_index
        ) as place
    from amounts

)

select
    alloy,
    structure_id,
    facet_index,
    vertices,
    amounts,                                             -- 1: share of each vertex in what the structure falls apart into
    -- A structure on the plane but for rounding is on it.
    case
        when abs(formation_energy_per_atom - plane_energy) < 1e-9 then formation_energy_per_atom
        else plane_energy
    end as hull_energy                                   -- eV/atom: formation energy per atom of the hull
from ranked
where place = 1
