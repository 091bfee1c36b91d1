-- One row per draw of the selected cluster expansion's parameters and derivative structure among
-- the twenty of lowest predicted energy at each composition: the energy that the draw predicts.
with ranked as (

    select
        alloy,
        model,
        run_id,
        decoration_id,
        concentration,
        -- Energies that differ by rounding alone must not change the order.
        row_number() over (
            partition by alloy, concentration
            order by round(predicted_formation_energy_per_atom, 9), decoration_id
        ) as place
    from marts.derivative_predictions

)

select
    ranked.alloy,
    ranked.model,
    draws.origin,
    draws.draw,
    ranked.decoration_id,
    ranked.concentration,
    sum(draws.parameter * correlations.correlation)
        as drawn_formation_energy_per_atom               -- eV: by the draw's parameters
from ranked
inner join staging.models as models
    on ranked.alloy = models.dataset
    and ranked.model = models.model
    and ranked.run_id = models.run_id
inner join features.derivative_correlations as correlations
    on models.feature_space = correlations.cluster_space_id
    and ranked.decoration_id = correlations.decoration_id
inner join staging.parameter_draws as draws
    on models.study = draws.study
    and models.dataset = draws.dataset
    and models.model = draws.model
    and models.run_id = draws.run_id
    and correlations.orbit_index = cast(draws.feature as bigint)
where models.study = 'cluster_expansion' and ranked.place <= 20
group by
    ranked.alloy,
    ranked.model,
    draws.origin,
    draws.draw,
    ranked.decoration_id,
    ranked.concentration
