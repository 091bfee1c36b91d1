-- One row per fitted cluster expansion of the study: what it was fitted with.
with training as (

    select
        energies.alloy,
        stddev_pop(energies.formation_energy_per_atom) as spread
    from features.formation_energies as energies
    inner join features.alloy_splits as splits
        on energies.alloy = splits.alloy
        and energies.structure_id = splits.structure_id
    where splits.random_fold is not null and not splits.is_locked_test
    group by energies.alloy

)

select
    models.dataset as alloy,                             -- the two elements in alphabetical order, lower case
    models.model,
    models.run_id,
    models.feature_space as cluster_space_id,            -- parent lattice and cutoffs
    models.is_selected,
    models.hyperparameters,
    -- Methods see energies scaled to unit standard deviation.
    try_cast(json_extract_string(models.hyperparameters, '$.noise') as double) * training.spread
        as noise                                         -- eV/atom: what the method learned that it cannot fit; NULL if it learns none
from staging.models as models
left join training
    on models.dataset = training.alloy
where models.study = 'cluster_expansion'
