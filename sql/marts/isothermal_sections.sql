-- One row per temperature and composition of a diagram of more than two elements, and set of
-- parameters: what the alloy is there. It is one phase where its free energy may be on the convex
-- hull of all, within two of its own standard errors; else the phases of the facet below it.
-- Compositions without a phase that lasts by itself have no row.
with points as (

    select
        alloy,
        series,
        run_id,
        draw,
        temperature,
        concentrations,
        case when start = 'ordered' then decoration_id else 'solution' end as phase,
        free_energy,
        reduced_free_energy_error / inverse_temperature as free_energy_error,
        row_number() over (
            partition by alloy, series, run_id, draw, temperature, concentrations
            order by free_energy, simulation
        ) as place
    from marts.free_energies
    where is_in_phase and free_energy is not null and concentrations is not null

),

below as (

    select
        points.*,
        facets.facet_index,
        facets.phases,
        facets.compositions,
        list_inner_product(facets.chemical_potentials, points.concentrations) as hull_energy,
        list_transform(
            facets.amounts,
            lambda factors: list_inner_product(factors, points.concentrations)
        ) as amounts,
        list_transform(
            facets.phase_amounts,
            lambda factors: list_inner_product(factors, points.concentrations)
        ) as phase_amounts
    from points
    inner join staging.phase_facets as facets
        on points.alloy = facets.alloy
        and points.series = facets.series
        and points.run_id = facets.run_id
        and coalesce(points.draw, -1) = coalesce(facets.draw, -1)
        and points.temperature = facets.temperature
    where points.place = 1

),

ranked as (

    select
        *,
        row_number() over (
            partition by alloy, series, run_id, draw, temperature, concentrations
            order by round(list_min(amounts), 9) desc, facet_index
        ) as facet_place
    from below

)

select
    alloy,
    series,
    run_id,
    draw,
    temperature,
    concentrations,
    phase,                                               -- the one of the lowest free energy at this composition: solution, or a decoration_id
    free_energy,
    free_energy_error,                                   -- eV/atom: its standard error, half of its drift included
    free_energy - hull_energy as energy_above_hull,      -- eV/atom: free energy above what other compositions side by side have
    free_energy - hull_energy <= 2 * free_energy_error + 1e-9 as is_stable, -- whether it is one phase, as far as two standard errors tell
    case
        when free_energy - hull_energy <= 2 * free_energy_error + 1e-9 then 1
        else array_length(list_filter(phase_amounts, lambda amount: amount > 1e-9))
    end as n_phases,                                     -- 1: phases side by side
    phases,
    compositions,
    amounts                                              -- 1: share of each vertex of the facet, if it falls apart
from ranked
where facet_place = 1
