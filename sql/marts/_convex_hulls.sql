-- One row per convex hull of a binary alloy and composition: the hull's energy there. The hull at a
-- composition is the lowest of its own structures and of all mixtures of one composition to either
-- side. Every composition of the data and of the derivative structures is on every hull.
with points as (

    select
        alloy,
        origin,
        series,
        concentration,
        lowest_energy
    from marts._convex_hull_points

),

compositions as (

    select
        alloy,
        concentration
    from features.formation_energies
    union
    select
        alloys.alloy,
        structures.concentration
    from staging.derivative_structures as structures
    inner join (
        select distinct
            alloy,
            parent_lattice
        from staging.lattice_mappings
    ) as alloys
        on structures.parent_lattice = alloys.parent_lattice
    where structures.concentration is not null

)

select
    compositions.alloy,
    poorer.origin,
    poorer.series,
    compositions.concentration,                          -- 1: share of the second element among the sites that it may be on
    min(
        case
            when poorer.concentration = richer.concentration then poorer.lowest_energy
            else poorer.lowest_energy
                + (richer.lowest_energy - poorer.lowest_energy)
                * (compositions.concentration - poorer.concentration)
                / (richer.concentration - poorer.concentration)
        end
    ) as hull_energy                                     -- eV/atom: formation energy per atom of the hull
from compositions
inner join points as poorer
    on compositions.alloy = poorer.alloy
    and compositions.concentration >= poorer.concentration
inner join points as richer
    on poorer.alloy = richer.alloy
    and poorer.origin = richer.origin
    and poorer.series = richer.series
    and compositions.concentration <= richer.concentration
    -- Either the composition itself or one strictly to each side.
    and (compositions.concentration > poorer.concentration)
    = (compositions.concentration < richer.concentration)
group by compositions.alloy, poorer.origin, poorer.series, compositions.concentration
