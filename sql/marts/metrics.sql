-- One row per score of a model on a split, for every study.
select
    metrics.study,
    metrics.dataset,
    metrics.model,
    metrics.split,
    metrics.metric,
    metrics.value,
    metrics.unit,
    metrics.std,
    metrics.n,
    metrics.run_id,
    models.is_selected
from staging.metrics as metrics
inner join staging.models as models
    on metrics.study = models.study
    and metrics.dataset = models.dataset
    and metrics.model = models.model
    and metrics.run_id = models.run_id
