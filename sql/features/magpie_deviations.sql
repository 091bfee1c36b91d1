-- One row per material: mean of each Magpie property over the atoms, and mean distance from it.
-- A property that an element lacks is imputed, as features.magpie_properties says.
select
    source,
    material_id,
    sum(amount * abs(magpie_number - mean_magpie_number)) / sum(amount)
        as average_deviation_magpie_number,                     -- 1: average deviation of the atomic number
    sum(amount * abs(mendeleev_number - mean_mendeleev_number)) / sum(amount)
        as average_deviation_mendeleev_number,                  -- 1: average deviation of the Mendeleev number
    sum(amount * abs(atomic_weight - mean_atomic_weight)) / sum(amount)
        as average_deviation_atomic_weight,                     -- u: average deviation of the atomic weight
    sum(amount * abs(melting_temperature - mean_melting_temperature)) / sum(amount)
        as average_deviation_melting_temperature,               -- K: average deviation of the melting temperature
    sum(amount * abs(magpie_column - mean_magpie_column)) / sum(amount)
        as average_deviation_magpie_column,                     -- 1: average deviation of the column of the periodic table
    sum(amount * abs(magpie_row - mean_magpie_row)) / sum(amount)
        as average_deviation_magpie_row,                        -- 1: average deviation of the row of the periodic table
    sum(amount * abs(covalent_radius - mean_covalent_radius)) / sum(amount)
        as average_deviation_covalent_radius,                   -- pm: average deviation of the covalent radius
    sum(amount * abs(electronegativity - mean_electronegativity)) / sum(amount)
        as average_deviation_electronegativity,                 -- 1: average deviation of the Pauling electronegativity
    sum(amount * abs(ns_valence - mean_ns_valence)) / sum(amount)
        as average_deviation_ns_valence,                        -- 1: average deviation of the s electrons in the valence shell
    sum(amount * abs(np_valence - mean_np_valence)) / sum(amount)
        as average_deviation_np_valence,                        -- 1: average deviation of the p electrons in the valence shell
    sum(amount * abs(nd_valence - mean_nd_valence)) / sum(amount)
        as average_deviation_nd_valence,                        -- 1: average deviation of the d electrons in the valence shell
    sum(amount * abs(nf_valence - mean_nf_valence)) / sum(amount)
        as average_deviation_nf_valence,                        -- 1: average deviation of the f electrons in the valence shell
    sum(amount * abs(n_valence - mean_n_valence)) / sum(amount)
        as average_deviation_n_valence,                         -- 1: average deviation of the valence electrons
    sum(amount * abs(ns_unfilled - mean_ns_unfilled)) / sum(amount)
        as average_deviation_ns_unfilled,                       -- 1: average deviation of the empty s states in the shell
    sum(amount * abs(np_unfilled - mean_np_unfilled)) / sum(amount)
        as average_deviation_np_unfilled,                       -- 1: average deviation of the empty p states in the shell
    sum(amount * abs(nd_unfilled - mean_nd_unfilled)) / sum(amount)
        as average_deviation_nd_unfilled,                       -- 1: average deviation of the empty d states in the shell
    sum(amount * abs(nf_unfilled - mean_nf_unfilled)) / sum(amount)
        as average_deviation_nf_unfilled,                       -- 1: average deviation of the empty f states in the shell
    sum(amount * abs(n_unfilled - mean_n_unfilled)) / sum(amount)
        as average_deviation_n_unfilled,                        -- 1: average deviation of the empty states in the shell
    sum(amount * abs(ground_state_volume - mean_ground_state_volume)) / sum(amount)
        as average_deviation_ground_state_volume,               -- Å³/atom: average deviation of the volume per atom of the elemental ground state
    sum(amount * abs(ground_state_band_gap - mean_ground_state_band_gap)) / sum(amount)
        as average_deviation_ground_state_band_gap,             -- eV: average deviation of the band gap of the elemental ground state
    sum(amount * abs(ground_state_magnetic_moment - mean_ground_state_magnetic_moment)) / sum(amount)
        as average_deviation_ground_state_magnetic_moment,      -- μB: average deviation of the moment per atom of the elemental ground state
    sum(amount * abs(space_group_number - mean_space_group_number)) / sum(amount)
        as average_deviation_space_group_number,                -- 1: average deviation of the space group of the elemental ground state
    any_value(mean_magpie_number) as mean_magpie_number,
    any_value(mean_mendeleev_number) as mean_mendeleev_number,
    any_value(mean_atomic_weight) as mean_atomic_weight,
    any_value(mean_melting_temperature) as mean_melting_temperature,
    any_value(mean_magpie_column) as mean_magpie_column,
    any_value(mean_magpie_row) as mean_magpie_row,
    any_value(mean_covalent_radius) as mean_covalent_radius,
    any_value(mean_electronegativity) as mean_electronegativity,
    any_value(mean_ns_valence) as mean_ns_valence,
    any_value(mean_np_valence) as mean_np_valence,
    any_value(mean_nd_valence) as mean_nd_valence,
    any_value(mean_nf_valence) as mean_nf_valence,
    any_value(mean_n_valence) as mean_n_valence,
    any_value(mean_ns_unfilled) as mean_ns_unfilled,
    any_value(mean_np_unfilled) as mean_np_unfilled,
    any_value(mean_nd_unfilled) as mean_nd_unfilled,
    any_value(mean_nf_unfilled) as mean_nf_unfilled,
    any_value(mean_n_unfilled) as mean_n_unfilled,
    any_value(mean_ground_state_volume) as mean_ground_state_volume,
    any_value(mean_ground_state_band_gap) as mean_ground_state_band_gap,
    any_value(mean_ground_state_magnetic_moment) as mean_ground_state_magnetic_moment,
    any_value(mean_space_group_number) as mean_space_group_number
from features.element_fractions
inner join features.magpie_properties using (element)
inner join features.magpie_means using (source, material_id)
group by source, material_id
