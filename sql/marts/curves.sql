-- One row per point of a curve of a study: the score of a model at one setting of what was swept.
select
    curves.study,
    curves.dataset,
    curves.curve,
    curves.model,
    curves.series,
    curves.setting,
    curves.split,
    curves.part,
    curves.metric,
    curves.value,
    curves.unit,
    curves.standard_error,
    curves.n,
    curves.run_id
from staging.curves
where exists (
    select 1
    from staging.models
    where models.study = curves.study
        and models.dataset = curves.dataset
        and models.run_id = curves.run_id
)
