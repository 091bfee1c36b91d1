-- One row per draw of the selected cluster expansion's parameters and derivative structure among
-- the twenty of lowest predicted energy at each composition: the energy that the draw predicts, and
-- with it a draw of what no parameters explain, the noise that the model learned.
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
    where study = 'cluster_expansion' and feature not like '%*%'
    group by dataset, model, run_id, origin, draw

),

predicted as (

    select
        vectors.alloy,
        vectors.model,
        draws.origin,
        draws.draw,
        vectors.decoration_id,
        vectors.concentration,
        list_inner_product(draws.parameters, vectors.correlations) as energy,
        -- The pure elements are exact.
        case when vectors.concentration > 0 and vectors.concentration < 1
            then coalesce(models.noise, 0)
            else 0
        end as noise,
        md5(concat_ws('/', vectors.alloy, draws.origin, draws.draw, vectors.decoration_id)) as digest
    from vectors
    inner join draws
        on vectors.alloy = draws.alloy
        and vectors.model = draws.model
        and vectors.run_id = draws.run_id
        and array_length(vectors.correlations) = array_length(draws.parameters)
    inner join marts.cluster_expansion_models as models
        on vectors.alloy = models.alloy
        and vectors.model = models.model
        and vectors.run_id = models.run_id

),

uniform as (

    -- Six digits of the digest are a number between 0 and 1 that only looks like chance.
    select
        alloy,
        model,
        origin,
        draw,
        decoration_id,
        concentration,
        energy,
        noise,
        list_inner_product(
            list_transform(
                generate_series(1, 6),
                lambda place: strpos('0123456789abcdef', substr(digest, place, 1)) - 1
            ),
            [1 / 16.0, 1 / 256.0, 1 / 4096.0, 1 / 65536.0, 1 / 1048576.0, 1 / 16777216.0]
        ) + 1 / 33554432.0 as share
    from predicted

)

select
    alloy,
    model,
    origin,
    draw,
    decoration_id,
    concentration,
    -- Tukey's lambda distribution of 0.14 is normal to 0.01 within three standard deviations.
    energy + noise * 4.91 * (pow(share, 0.14) - pow(1 - share, 0.14))
        as drawn_formation_energy_per_atom               -- eV/atom: by the draw's parameters, with a draw of the noise
from uniform
