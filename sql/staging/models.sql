-- One row per fitted model: the newest run of each study of a data set.
select
    study,
    dataset,
    model,
    run_id,
    feature_space,
    is_selected,
    hyperparameters,
    lineage
from raw.models
