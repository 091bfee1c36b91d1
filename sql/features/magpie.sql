-- One row per material: the 132 Magpie features, six statistics of 22 properties of the elements,
-- in matminer's order (Ward et al. 2016, 10.1038/npjcompumats.2016.28).
-- A property that an element lacks is imputed, as features.magpie_properties says.
select
    source,
    material_id,
    minimum_magpie_number, maximum_magpie_number,
    maximum_magpie_number - minimum_magpie_number as range_magpie_number,  -- 1: greatest less least atomic number
    mean_magpie_number, average_deviation_magpie_number, mode_magpie_number,
    minimum_mendeleev_number, maximum_mendeleev_number,
    maximum_mendeleev_number - minimum_mendeleev_number as range_mendeleev_number,  -- 1: greatest less least Mendeleev number
    mean_mendeleev_number, average_deviation_mendeleev_number, mode_mendeleev_number,
    minimum_atomic_weight, maximum_atomic_weight,
    maximum_atomic_weight - minimum_atomic_weight as range_atomic_weight,  -- u: greatest less least atomic weight
    mean_atomic_weight, average_deviation_atomic_weight, mode_atomic_weight,
    minimum_melting_temperature, maximum_melting_temperature,
    maximum_melting_temperature - minimum_melting_temperature as range_melting_temperature,  -- K: greatest less least melting temperature
    mean_melting_temperature, average_deviation_melting_temperature, mode_melting_temperature,
    minimum_magpie_column, maximum_magpie_column,
    maximum_magpie_column - minimum_magpie_column as range_magpie_column,  -- 1: greatest less least column of the periodic table
    mean_magpie_column, average_deviation_magpie_column, mode_magpie_column,
    minimum_magpie_row, maximum_magpie_row,
    maximum_magpie_row - minimum_magpie_row as range_magpie_row,  -- 1: greatest less least row of the periodic table
    mean_magpie_row, average_deviation_magpie_row, mode_magpie_row,
    minimum_covalent_radius, maximum_covalent_radius,
    maximum_covalent_radius - minimum_covalent_radius as range_covalent_radius,  -- pm: greatest less least covalent radius
    mean_covalent_radius, average_deviation_covalent_radius, mode_covalent_radius,
    minimum_electronegativity, maximum_electronegativity,
    maximum_electronegativity - minimum_electronegativity as range_electronegativity,  -- 1: greatest less least Pauling electronegativity
    mean_electronegativity, average_deviation_electronegativity, mode_electronegativity,
    minimum_ns_valence, maximum_ns_valence,
    maximum_ns_valence - minimum_ns_valence as range_ns_valence,  -- 1: greatest less least s electrons in the valence shell
    mean_ns_valence, average_deviation_ns_valence, mode_ns_valence,
    minimum_np_valence, maximum_np_valence,
    maximum_np_valence - minimum_np_valence as range_np_valence,  -- 1: greatest less least p electrons in the valence shell
    mean_np_valence, average_deviation_np_valence, mode_np_valence,
    minimum_nd_valence, maximum_nd_valence,
    maximum_nd_valence - minimum_nd_valence as range_nd_valence,  -- 1: greatest less least d electrons in the valence shell
    mean_nd_valence, average_deviation_nd_valence, mode_nd_valence,
    minimum_nf_valence, maximum_nf_valence,
    maximum_nf_valence - minimum_nf_valence as range_nf_valence,  -- 1: greatest less least f electrons in the valence shell
    mean_nf_valence, average_deviation_nf_valence, mode_nf_valence,
    minimum_n_valence, maximum_n_valence,
    maximum_n_valence - minimum_n_valence as range_n_valence,   -- 1: greatest less least valence electrons
    mean_n_valence, average_deviation_n_valence, mode_n_valence,
    minimum_ns_unfilled, maximum_ns_unfilled,
    maximum_ns_unfilled - minimum_ns_unfilled as range_ns_unfilled,  -- 1: greatest less least empty s states in the shell
    mean_ns_unfilled, average_deviation_ns_unfilled, mode_ns_unfilled,
    minimum_np_unfilled, maximum_np_unfilled,
    maximum_np_unfilled - minimum_np_unfilled as range_np_unfilled,  -- 1: greatest less least empty p states in the shell
    mean_np_unfilled, average_deviation_np_unfilled, mode_np_unfilled,
    minimum_nd_unfilled, maximum_nd_unfilled,
    maximum_nd_unfilled - minimum_nd_unfilled as range_nd_unfilled,  -- 1: greatest less least empty d states in the shell
    mean_nd_unfilled, average_deviation_nd_unfilled, mode_nd_unfilled,
    minimum_nf_unfilled, maximum_nf_unfilled,
    maximum_nf_unfilled - minimum_nf_unfilled as range_nf_unfilled,  -- 1: greatest less least empty f states in the shell
    mean_nf_unfilled, average_deviation_nf_unfilled, mode_nf_unfilled,
    minimum_n_unfilled, maximum_n_unfilled,
    maximum_n_unfilled - minimum_n_unfilled as range_n_unfilled,  -- 1: greatest less least empty states in the shell
    mean_n_unfilled, average_deviation_n_unfilled, mode_n_unfilled,
    minimum_ground_state_volume, maximum_ground_state_volume,
    maximum_ground_state_volume - minimum_ground_state_volume as range_ground_state_volume,  -- Å³/atom: greatest less least volume per atom of the elemental ground state
    mean_ground_state_volume, average_deviation_ground_state_volume, mode_ground_state_volume,
    minimum_ground_state_band_gap, maximum_ground_state_band_gap,
    maximum_ground_state_band_gap - minimum_ground_state_band_gap as range_ground_state_band_gap,  -- eV: greatest less least band gap of the elemental ground state
    mean_ground_state_band_gap, average_deviation_ground_state_band_gap, mode_ground_state_band_gap,
    minimum_ground_state_magnetic_moment, maximum_ground_state_magnetic_moment,
    maximum_ground_state_magnetic_moment - minimum_ground_state_magnetic_moment as range_ground_state_magnetic_moment,  -- μB: greatest less least moment per atom of the elemental ground state
    mean_ground_state_magnetic_moment, average_deviation_ground_state_magnetic_moment, mode_ground_state_magnetic_moment,
    minimum_space_group_number, maximum_space_group_number,
    maximum_space_group_number - minimum_space_group_number as range_space_group_number,  -- 1: greatest less least space group of the elemental ground state
    mean_space_group_number, average_deviation_space_group_number, mode_space_group_number
from features.magpie_extremes
inner join features.magpie_deviations using (source, material_id)
