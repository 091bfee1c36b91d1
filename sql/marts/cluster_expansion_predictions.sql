-- One row per structure, model and split: calculated and predicted formation energy. The model
-- had not seen the structure, but for the split `training`.
select
    predictions.dataset as alloy,                        -- its elements in alphabetical order, lower case; where sublattices differ or sites may be vacant such as x-li_ni_o
    predictions.model,
    predictions.split,
    predictions.fold,
    predictions.sample_id as structure_id,               -- the source's name of the structure
    models.is_selected,
    compositions.formula,
    compositions.n_elements,
    energies.concentration,
    energies.n_atoms,
    mappings.parent_lattice,
    mappings.strain,
    mappings.mean_displacement,
    predictions.target as formation_energy_per_atom,     -- eV/atom: calculated, relative to the elements; per site, relative to the end members, where sites may be vacant
    predictions.prediction as predicted_formation_energy_per_atom, -- eV/atom: by the model
    predictions.prediction - predictions.target as prediction_error -- eV/atom: predicted less calculated
from staging.predictions as predictions
inner join staging.models as models
    on predictions.study = models.study
    and predictions.dataset = models.dataset
    and predictions.model = models.model
    and predictions.run_id = models.run_id
inner join features.formation_energies as energies
    on predictions.dataset = energies.alloy
    and predictions.sample_id = energies.structure_id
inner join features.alloy_compositions as compositions
    on predictions.dataset = compositions.alloy
    and predictions.sample_id = compositions.structure_id
inner join staging.lattice_mappings as mappings
    on predictions.dataset = mappings.alloy
    and predictions.sample_id = mappings.structure_id
where predictions.study = 'cluster_expansion'
