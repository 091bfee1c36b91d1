-- One row per draw of the selected cluster expansion's parameters and derivative structure among
-- the twenty of lowest predicted energy at each composition: the energy that the draw predicts.
with ranked as (

    select
        alloy,
        run_id,
        decoration_id,
        concentration,
        -- Energies that differ by rounding alone must not change the order.
        row_number() over (
            partition by alloy, concentration
            order by round(predicted_formation_energy_per_atom, 9), decoration_id
        ) as place
    from marts.derivative_predictions

),

vectors as (

    select
        ranked.alloy,
        interactions.model,
        ranked.run_id,
        ranked.decoration_id,
        ranked.concentration,
        list_transform(
            list_sort(
                list(
                    struct_pack(
                        place := correlations.orbit_index, entry := correlations.correlation
                    )
                )
            ),
            lambda x: x.entry
        ) as correlations
    from ranked
    inner join marts.effective_cluster_interactions as interactions
        on ranked.alloy = interactions.alloy
        and ranked.run_id = interactions.run_id
    inner join features.derivative_correlations as correlations
        on interactions.cluster_space_id = correlations.cluster_space_id
        and interactions.orbit_index = correlations.orbit_index
        and ranked.decoration_id = correlations.decoration_id
    where interactions.is_selected and ranked.place <= 20
    group by
        ranked.alloy,
        interactions.model,
        ranked.run_id,
        ranked.decoration_id,
        ranked.concentration

),

draws as (

    select
        dataset as alloy,
        model,
        run_id,
        origin,
        draw,
        list_transform(
            list_sort(
                list(struct_pack(place := cast(feature as bigint), entry := parameter))
            ),
            lambda x: x.entry
        ) as parameters
    from staging.parameter_draws
    where study = 'cluster_expansion'
    group by dataset, model, run_id, origin, draw

)

select
    vectors.alloy,
    vectors.model,
    draws.origin,
    draws.draw,
    vectors.decoration_id,
    vectors.concentration,
    list_inner_product(draws.parameters, vectors.correlations)
        as drawn_formation_energy_per_atom               -- eV/atom: by the draw's parameters
from vectors
inner join draws
    on vectors.alloy = draws.alloy
    and vectors.model = draws.model
    and vectors.run_id = draws.run_id
    and array_length(vectors.correlations) = array_length(draws.parameters)
