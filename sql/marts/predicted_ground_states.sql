-- One row per alloy and derivative structure of its parent lattice: how far above the convex hulls
-- the selected cluster expansion predicts it, and what is calculated of the same decoration. Sums
-- in another order may differ in the last digits, so a billionth of an eV counts as none.
with calculated as (

    select
        mappings.alloy,
        mappings.decoration_id,
        arg_min(mappings.structure_id, energies.formation_energy_per_atom) as structure_id,
        min(energies.formation_energy_per_atom) as formation_energy_per_atom
    from staging.lattice_mappings as mappings
    inner join features.formation_energies as energies
        on mappings.alloy = energies.alloy
        and mappings.structure_id = energies.structure_id
    group by mappings.alloy, mappings.decoration_id

),

hulls as (

    select
        alloy,
        concentration,
        min(case when origin = 'predicted' then hull_energy end) as predicted_energy,
        min(case when origin = 'calculated' then hull_energy end) as calculated_energy,
        min(case when origin = 'combined' then hull_energy end) as combined_energy
    from marts._convex_hulls
    where origin <> 'drawn'
    group by alloy, concentration

)

select
    predictions.alloy,
    predictions.model,
    predictions.decoration_id,
    predictions.supercell_id,
    predictions.occupation,
    calculated.structure_id,                             -- the source's name of the calculated structure with this decoration, the lowest in energy; NULL if there is none
    predictions.n_atoms,
    predictions.concentration,
    predictions.predicted_formation_energy_per_atom,
    calculated.formation_energy_per_atom,                -- eV/atom: calculated, relative to the elements; per site, relative to the end members, where sites may be vacant; NULL if there is none
    predictions.predicted_formation_energy_per_atom
    - hulls.predicted_energy as predicted_energy_above_hull, -- eV/atom: predicted energy per atom above the hull of all predictions
    predictions.predicted_formation_energy_per_atom
    - hulls.calculated_energy as predicted_energy_above_data_hull, -- eV/atom: predicted energy per atom above the hull of the data; negative below it
    predictions.predicted_formation_energy_per_atom
    <= hulls.predicted_energy + 1e-9 as is_on_predicted_hull, -- whether the structure is on the hull of all predictions
    calculated.structure_id is null
    and predictions.predicted_formation_energy_per_atom
    <= hulls.combined_energy + 1e-9 as is_new_ground_state -- whether no calculated structure has this decoration, and its prediction joins the hull of the data
from marts.derivative_predictions as predictions
left join calculated
    on predictions.alloy = calculated.alloy
    and predictions.decoration_id = calculated.decoration_id
inner join hulls
    on predictions.alloy = hulls.alloy
    and predictions.concentration = hulls.concentration
