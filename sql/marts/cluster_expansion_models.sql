-- One row per fitted cluster expansion of the study: what it was fitted with.
select
    models.dataset as alloy,                             -- its elements in alphabetical order, lower case; where sublattices differ or sites may be vacant such as x-li_ni_o
    models.model,
    models.run_id,
    models.feature_space as cluster_space_id,            -- parent lattice and cutoffs
    models.is_selected,
    models.hyperparameters,
    json_extract_string(models.hyperparameters, '$.refit') as refit, -- what the parameters come from: training, all but the locked test, or all; NULL for a choice among models
    try_cast(json_extract_string(models.hyperparameters, '$.n_training') as bigint) as n_training, -- 1: structures that the parameters come from
    try_cast(json_extract_string(models.hyperparameters, '$.noise_energy') as double) as noise -- eV/atom: what the method learned that it cannot fit; NULL if it learns none
from staging.models as models
where models.study = 'cluster_expansion'
