-- One row per labelled material of which another source knows more than the label: properties of its
-- formula that are not computed from its bands, as the magnetic moment is: that of an insulator's cell
-- is an integer. They are those of the phase that the source has, which need not be this one.
with known as (

    select
        reduced_formula,
        arg_min(density_atomic, source_rank) as density_atomic,
        arg_min(formation_energy_per_atom, source_rank) as formation_energy_per_atom,
        arg_min(energy_above_hull, source_rank) as energy_above_hull,
        arg_min(spacegroup_number, source_rank) as spacegroup_number,
        arg_min(bulk_modulus_vrh, source_rank) as bulk_modulus_vrh,
        arg_min(shear_modulus_vrh, source_rank) as shear_modulus_vrh,
        any_value(mean_atomic_weight) as mean_atomic_weight
    from marts.source_properties
    where source not in ('matbench_mp', 'matbench_expt', 'materials_project')
    group by reduced_formula

)

select
    training.dataset,
    training.material_id,
    training.reduced_formula,
    training.elements,
    training.atomic_fractions,
    training.is_metal,
    training.formula_group_fold,
    known.density_atomic,                                  -- Å³/atom: volume per atom of the formula's phase
    1.66053906660 * known.mean_atomic_weight / known.density_atomic as density,  -- g/cm³: mass density of the formula's phase
    known.formation_energy_per_atom,                       -- eV/atom: lowest formation energy of the formula
    known.energy_above_hull,                               -- eV/atom: lowest energy above the hull
    known.spacegroup_number,                               -- 1: international number of the space group
    known.bulk_modulus_vrh,                                -- GPa: Voigt-Reuss-Hill average of the bulk modulus
    known.shear_modulus_vrh                                -- GPa: Voigt-Reuss-Hill average of the shear modulus
from marts.metal_training as training
inner join known on training.reduced_formula = known.reduced_formula
