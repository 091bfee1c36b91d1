-- One row per cluster space and structure of an alloy: what a cluster expansion is fitted to. Of
-- structures with one decoration it is one, since a model has one energy for it: the lowest, of a
-- calculation that was finished if there is one.
select
    vectors.cluster_space_id,
    vectors.alloy,
    vectors.structure_id,
    splits.decoration_id,
    compositions.formula,
    splits.composition_group,
    splits.random_fold,
    folds.random_folds,
    splits.is_locked_test,
    compositions.n_atoms,
    compositions.concentration,
    compositions.concentrations,
    compositions.is_end_member,
    energies.formation_energy_per_atom,
    row_number() over (
        partition by vectors.cluster_space_id, vectors.alloy, splits.decoration_id
        order by
            case
                when structures.relaxation in ('unfinished', 'molecular dynamics') then 1 else 0
            end,
            energies.formation_energy_per_atom,
            vectors.structure_id
    ) = 1 as is_fitted,                                    -- whether the structure is the one of its decoration that is fitted
    mappings.warnings,
    vectors.cluster_vector,
    mappings.strain,
    mappings.max_displacement
from features.cluster_vectors as vectors
inner join features.alloy_compositions as compositions
    on vectors.alloy = compositions.alloy
    and vectors.structure_id = compositions.structure_id
inner join features.formation_energies as energies
    on vectors.alloy = energies.alloy
    and vectors.structure_id = energies.structure_id
inner join features.alloy_splits as splits
    on vectors.alloy = splits.alloy
    and vectors.structure_id = splits.structure_id
left join features.alloy_random_folds as folds
    on vectors.alloy = folds.alloy
    and vectors.structure_id = folds.structure_id
inner join staging.lattice_mappings as mappings
    on vectors.alloy = mappings.alloy
    and vectors.structure_id = mappings.structure_id
inner join staging.alloy_structures as structures
    on vectors.alloy = structures.alloy
    and vectors.structure_id = structures.structure_id
where energies.formation_energy_per_atom is not null
