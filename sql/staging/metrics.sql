-- One row per score of a model on a split.
select
    study,
    dataset,
    model,
    split,
    metric,
    run_id,
    value,
    unit,
    std,
    n
from raw.metrics
