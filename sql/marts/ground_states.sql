-- One row per structure of an alloy: its energy above the convex hull of the calculated data.
-- The hull at a composition is the lowest of its own structures and of all mixtures of one
-- composition to either side.
with lowest as (

    select
        alloy,
        source,
        concentration,
        min(formation_energy_per_atom) as energy
    from features.formation_energies
    where formation_energy_per_atom is not null
    group by alloy, source, concentration

),

hull as (

    select
        middle.alloy,
        middle.source,
        middle.concentration,
        least(
            min(middle.energy),
            min(
                poorer.energy
                + (richer.energy - poorer.energy)
                * (middle.concentration - poorer.concentration)
                / (richer.concentration - poorer.concentration)
            )
        ) as energy
    from lowest as middle
    left join lowest as poorer
        on middle.alloy = poorer.alloy
        and middle.source = poorer.source
        and middle.concentration > poorer.concentration
    left join lowest as richer
        on middle.alloy = richer.alloy
        and middle.source = richer.source
        and middle.concentration < richer.concentration
    group by middle.alloy, middle.source, middle.concentration

)

select
    energies.alloy,
    energies.structure_id,
    energies.source,
    compositions.formula,
    compositions.composition_group,
    energies.n_atoms,
    energies.concentration,
    energies.formation_energy_per_atom,
    energies.formation_energy_per_atom - hull.energy as energy_above_hull, -- eV: energy per atom above the convex hull
    energies.formation_energy_per_atom = hull.energy as is_on_hull -- whether the structure is on the convex hull
from features.formation_energies as energies
inner join features.alloy_compositions as compositions
    on energies.alloy = compositions.alloy
    and energies.structure_id = compositions.structure_id
inner join hull
    on energies.alloy = hull.alloy
    and energies.source = hull.source
    and energies.concentration = hull.concentration
