-- One row per fitted cluster expansion of the study: what it was fitted with.
with training as (

    select
        alloy,
        cluster_space_id,
        stddev_pop(case when not is_locked_test then formation_energy_per_atom end) as spread,
        stddev_pop(formation_energy_per_atom) as spread_of_all
    from marts.cluster_expansion_training
    where concentration > 0 and concentration < 1 and is_fitted
    group by alloy, cluster_space_id

)

select
    models.dataset as alloy,                             -- the two elements in alphabetical order, lower case
    models.model,
    models.run_id,
    models.feature_space as cluster_space_id,            -- parent lattice and cutoffs
    models.is_selected,
    models.hyperparameters,
    json_extract_string(models.hyperparameters, '$.refit') as refit, -- what the parameters come from: training, all but the locked test, or all; NULL for a choice among models
    try_cast(json_extract_string(models.hyperparameters, '$.n_training') as bigint) as n_training, -- 1: structures that the parameters come from
    -- Methods see energies scaled to unit standard deviation.
    try_cast(json_extract_string(models.hyperparameters, '$.noise') as double)
        * case
            when json_extract_string(models.hyperparameters, '$.refit') = 'all'
                then training.spread_of_all
            else training.spread
        end as noise                                         -- eV/atom: what the method learned that it cannot fit; NULL if it learns none
from staging.models as models
left join training
    on models.dataset = training.alloy
    and models.feature_space = training.cluster_space_id
where models.study = 'cluster_expansion'
