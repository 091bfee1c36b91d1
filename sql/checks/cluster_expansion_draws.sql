-- Every draw of a cluster expansion's parameters has as many of them as the model.
with drawn as (

    select
        dataset,
        model,
        run_id,
        origin,
        draw,
        count(*) as n_drawn
    from staging.parameter_draws
    where study = 'cluster_expansion'
    group by dataset, model, run_id, origin, draw

),

fitted as (

    select
        dataset,
        model,
        run_id,
        count(*) as n_fitted
    from staging.model_parameters
    where study = 'cluster_expansion'
    group by dataset, model, run_id

)

select
    drawn.dataset,
    drawn.model,
    drawn.origin,
    drawn.draw,
    drawn.n_drawn,
    fitted.n_fitted
from drawn
inner join fitted
    on drawn.dataset = fitted.dataset
    and drawn.model = fitted.model
    and drawn.run_id = fitted.run_id
where drawn.n_drawn <> fitted.n_fitted
