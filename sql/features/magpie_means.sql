-- One row per material: mean of each Magpie property over the atoms.
-- A property that an element lacks is imputed, as features.magpie_properties says.
select
    source,
    material_id,
    sum(amount * magpie_number) / sum(amount) as mean_magpie_number,  -- 1: mean atomic number
    sum(amount * mendeleev_number) / sum(amount) as mean_mendeleev_number,  -- 1: mean Mendeleev number
    sum(amount * atomic_weight) / sum(amount) as mean_atomic_weight,  -- u: mean atomic weight
    sum(amount * melting_temperature) / sum(amount) as mean_melting_temperature,  -- K: mean melting temperature
    sum(amount * magpie_column) / sum(amount) as mean_magpie_column,  -- 1: mean column of the periodic table
    sum(amount * magpie_row) / sum(amount) as mean_magpie_row,  -- 1: mean row of the periodic table
    sum(amount * covalent_radius) / sum(amount) as mean_covalent_radius,  -- pm: mean covalent radius
    sum(amount * electronegativity) / sum(amount) as mean_electronegativity,  -- 1: mean Pauling electronegativity
    sum(amount * ns_valence) / sum(amount) as mean_ns_valence,  -- 1: mean s electrons in the valence shell
    sum(amount * np_valence) / sum(amount) as mean_np_valence,  -- 1: mean p electrons in the valence shell
    sum(amount * nd_valence) / sum(amount) as mean_nd_valence,  -- 1: mean d electrons in the valence shell
    sum(amount * nf_valence) / sum(amount) as mean_nf_valence,  -- 1: mean f electrons in the valence shell
    sum(amount * n_valence) / sum(amount) as mean_n_valence,    -- 1: mean valence electrons
    sum(amount * ns_unfilled) / sum(amount) as mean_ns_unfilled,  -- 1: mean empty s states in the shell
    sum(amount * np_unfilled) / sum(amount) as mean_np_unfilled,  -- 1: mean empty p states in the shell
    sum(amount * nd_unfilled) / sum(amount) as mean_nd_unfilled,  -- 1: mean empty d states in the shell
    sum(amount * nf_unfilled) / sum(amount) as mean_nf_unfilled,  -- 1: mean empty f states in the shell
    sum(amount * n_unfilled) / sum(amount) as mean_n_unfilled,  -- 1: mean empty states in the shell
    sum(amount * ground_state_volume) / sum(amount) as mean_ground_state_volume,  -- Å³/atom: mean volume per atom of the elemental ground state
    sum(amount * ground_state_band_gap) / sum(amount) as mean_ground_state_band_gap,  -- eV: mean band gap of the elemental ground state
    sum(amount * ground_state_magnetic_moment) / sum(amount) as mean_ground_state_magnetic_moment,  -- μB: mean moment per atom of the elemental ground state
    sum(amount * space_group_number) / sum(amount) as mean_space_group_number  -- 1: mean space group of the elemental ground state
from features.element_fractions
inner join features.magpie_properties using (element)
group by source, material_id
