-- One row per single fit of a cluster expansion: its scores on the structures of the fold that was
-- held out.
with fits as (

    select
        dataset as alloy,
        model,
        run_id,
        feature_space as cluster_space_id,
        cast(json_extract_string(hyperparameters, '$.test_fold') as bigint) as test_fold
    from staging.models
    where study = 'cluster_expansion_fit'

),

errors as (

    select
        fits.alloy,
        fits.model,
        fits.run_id,
        fits.cluster_space_id,
        fits.test_fold,
        training.formation_energy_per_atom as energy,
        scores.predicted_formation_energy_per_atom - training.formation_energy_per_atom as error
    from fits
    inner join marts.cluster_expansion_scores as scores
        on fits.alloy = scores.alloy
        and fits.model = scores.model
        and fits.run_id = scores.run_id
        and fits.cluster_space_id = scores.cluster_space_id
    inner join marts.cluster_expansion_training as training
        on scores.alloy = training.alloy
        and scores.structure_id = training.structure_id
        and scores.cluster_space_id = training.cluster_space_id
        and fits.test_fold = training.random_fold
    where
        training.concentration > 0 and training.concentration < 1
        and not training.is_locked_test and training.is_fitted

)

select
    alloy,                                               -- its elements in alphabetical order, lower case; where sublattices differ or sites may be vacant such as x-li_ni_o
    cluster_space_id,                                    -- parent lattice and cutoffs
    model,
    run_id,
    test_fold,                                           -- 1: fold 0 to 9 of random_fold
    count(*) as n,                                       -- 1: structures held out
    1000 * sqrt(avg(error * error)) as rmse,             -- meV/atom: root of the mean square of the errors
    1000 * avg(abs(error)) as mae,                       -- meV/atom: mean size of the errors
    1000 * max(abs(error)) as max_error,                 -- meV/atom: size of the largest error
    1 - sum(error * error) / nullif(count(*) * var_pop(energy), 0)
        as r2                                            -- 1: share of the variance explained
from errors
group by alloy, cluster_space_id, model, run_id, test_fold
