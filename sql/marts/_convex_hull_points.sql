-- One row per convex hull of a binary alloy and composition: the lowest energy that the hull is made
-- from. Alloys of more elements have the facets of marts._hull_places.
-- Structures on another lattice than the parent have no part in it: marts.competing_phases has them.
-- `calculated` is the hull of a source's data, `predicted` that of the model's energies of all
-- derivative structures, `combined` that of the data and of the predictions for structures that
-- are not among them, `drawn` those of each draw of the model's parameters.
with calculated as (

    select
        energies.alloy,
        energies.source,
        mappings.decoration_id,
        energies.concentration,
        energies.formation_energy_per_atom as energy
    from features.formation_energies as energies
    inner join staging.lattice_mappings as mappings
        on energies.alloy = mappings.alloy
        and energies.structure_id = mappings.structure_id
    where energies.formation_energy_per_atom is not null
    union all
    -- Where any site may be vacant, a lattice without any atom is an end member.
    select distinct
        alloy,
        source,
        'no atom' as decoration_id,
        0.0 as concentration,
        0.0 as energy
    from features.formation_energies
    where starts_with(alloy, 'x-') and strpos(alloy, '_') = 0

),

points as (

    select
        alloy,
        'calculated' as origin,
        source as series,
        concentration,
        energy
    from calculated
    union all
    select
        alloy,
        'predicted' as origin,
        model as series,
        concentration,
        predicted_formation_energy_per_atom as energy
    from marts.derivative_predictions
    where concentration is not null
    union all
    select
        alloy,
        'combined' as origin,
        'all' as series,
        concentration,
        energy
    from calculated
    union all
    select
        predictions.alloy,
        'combined' as origin,
        'all' as series,
        predictions.concentration,
        predictions.predicted_formation_energy_per_atom as energy
    from marts.derivative_predictions as predictions
    left join calculated
        on predictions.alloy = calculated.alloy
        and predictions.decoration_id = calculated.decoration_id
    where calculated.alloy is null and predictions.concentration is not null
    union all
    select
        alloy,
        'drawn' as origin,
        origin || ' ' || cast(draw as varchar) as series,
        concentration,
        drawn_formation_energy_per_atom as energy
    from marts._derivative_draws

)

select
    alloy,
    origin,                                              -- calculated, predicted, combined or drawn
    series,                                              -- which one of its origin: the source, model or draw
    concentration,                                       -- 1: share of the second element among the sites that it may be on
    min(energy) as lowest_energy                         -- eV/atom: lowest formation energy per atom there
from points
where array_length(string_split(alloy, '-')) = 2
group by alloy, origin, series, concentration
