-- One row per mapped structure of an alloy and fitted cluster expansion: its formation energy by
-- the model, summed up in SQL. The model may have seen the structure: `cluster_expansion_predictions`
-- has what was said without seeing it. A single fit has not seen its test fold.
select
    models.study,                                        -- cluster_expansion, or cluster_expansion_fit for a single fit
    correlations.alloy,
    correlations.structure_id,
    models.model,
    models.run_id,
    correlations.cluster_space_id,
    sum(parameters.parameter * correlations.correlation)
        as predicted_formation_energy_per_atom           -- eV/atom: by the model
from features.cluster_correlations as correlations
inner join staging.models as models
    on correlations.alloy = models.dataset
    and correlations.cluster_space_id = models.feature_space
    and models.study in ('cluster_expansion', 'cluster_expansion_fit')
    and models.is_selected
inner join staging.model_parameters as parameters
    on models.study = parameters.study
    and models.dataset = parameters.dataset
    and models.model = parameters.model
    and models.run_id = parameters.run_id
    and parameters.feature = cast(correlations.orbit_index as varchar)
group by
    models.study,
    correlations.alloy,
    correlations.structure_id,
    models.model,
    models.run_id,
    correlations.cluster_space_id
