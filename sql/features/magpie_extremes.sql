-- One row per labelled material: least and greatest value of each Magpie property over the elements, and
-- the mode: its value for the most abundant element, the least one if several are. Amounts tie
-- as in matminer, by numpy.isclose.
-- A property that an element lacks is imputed, as features.magpie_properties says.
with entries as (

    select
        source,
        material_id,
        list_max(list_transform(composition, lambda entry: entry.amount)) as largest_amount,
        unnest(composition) as entry
    from features.labelled_materials

),

elements as (

    select
        source,
        material_id,
        entry.element as element,
        entry.amount >= (1 - 1e-5) * largest_amount - 1e-8 as is_most_abundant
    from entries

)

select
    source,
    material_id,
    min(magpie_number) as minimum_magpie_number,                -- 1: least atomic number
    max(magpie_number) as maximum_magpie_number,                -- 1: greatest atomic number
    min(case when is_most_abundant then magpie_number end) as mode_magpie_number,  -- 1: atomic number of the most abundant element
    min(mendeleev_number) as minimum_mendeleev_number,          -- 1: least Mendeleev number
    max(mendeleev_number) as maximum_mendeleev_number,          -- 1: greatest Mendeleev number
    min(case when is_most_abundant then mendeleev_number end) as mode_mendeleev_number,  -- 1: Mendeleev number of the most abundant element
    min(atomic_weight) as minimum_atomic_weight,                -- u: least atomic weight
    max(atomic_weight) as maximum_atomic_weight,                -- u: greatest atomic weight
    min(case when is_most_abundant then atomic_weight end) as mode_atomic_weight,  -- u: atomic weight of the most abundant element
    min(melting_temperature) as minimum_melting_temperature,    -- K: least melting temperature
    max(melting_temperature) as maximum_melting_temperature,    -- K: greatest melting temperature
    min(case when is_most_abundant then melting_temperature end) as mode_melting_temperature,  -- K: melting temperature of the most abundant element
    min(magpie_column) as minimum_magpie_column,                -- 1: least column of the periodic table
    max(magpie_column) as maximum_magpie_column,                -- 1: greatest column of the periodic table
    min(case when is_most_abundant then magpie_column end) as mode_magpie_column,  -- 1: column of the periodic table of the most abundant element
    min(magpie_row) as minimum_magpie_row,                      -- 1: least row of the periodic table
    max(magpie_row) as maximum_magpie_row,                      -- 1: greatest row of the periodic table
    min(case when is_most_abundant then magpie_row end) as mode_magpie_row,  -- 1: row of the periodic table of the most abundant element
    min(covalent_radius) as minimum_covalent_radius,            -- pm: least covalent radius
    max(covalent_radius) as maximum_covalent_radius,            -- pm: greatest covalent radius
    min(case when is_most_abundant then covalent_radius end) as mode_covalent_radius,  -- pm: covalent radius of the most abundant element
    min(electronegativity) as minimum_electronegativity,        -- 1: least Pauling electronegativity
    max(electronegativity) as maximum_electronegativity,        -- 1: greatest Pauling electronegativity
    min(case when is_most_abundant then electronegativity end) as mode_electronegativity,  -- 1: Pauling electronegativity of the most abundant element
    min(ns_valence) as minimum_ns_valence,                      -- 1: least s electrons in the valence shell
    max(ns_valence) as maximum_ns_valence,                      -- 1: greatest s electrons in the valence shell
    min(case when is_most_abundant then ns_valence end) as mode_ns_valence,  -- 1: s electrons in the valence shell of the most abundant element
    min(np_valence) as minimum_np_valence,                      -- 1: least p electrons in the valence shell
    max(np_valence) as maximum_np_valence,                      -- 1: greatest p electrons in the valence shell
    min(case when is_most_abundant then np_valence end) as mode_np_valence,  -- 1: p electrons in the valence shell of the most abundant element
    min(nd_valence) as minimum_nd_valence,                      -- 1: least d electrons in the valence shell
    max(nd_valence) as maximum_nd_valence,                      -- 1: greatest d electrons in the valence shell
    min(case when is_most_abundant then nd_valence end) as mode_nd_valence,  -- 1: d electrons in the valence shell of the most abundant element
    min(nf_valence) as minimum_nf_valence,                      -- 1: least f electrons in the valence shell
    max(nf_valence) as maximum_nf_valence,                      -- 1: greatest f electrons in the valence shell
    min(case when is_most_abundant then nf_valence end) as mode_nf_valence,  -- 1: f electrons in the valence shell of the most abundant element
    min(n_valence) as minimum_n_valence,                        -- 1: least valence electrons
    max(n_valence) as maximum_n_valence,                        -- 1: greatest valence electrons
    min(case when is_most_abundant then n_valence end) as mode_n_valence,  -- 1: valence electrons of the most abundant element
    min(ns_unfilled) as minimum_ns_unfilled,                    -- 1: least empty s states in the shell
    max(ns_unfilled) as maximum_ns_unfilled,                    -- 1: greatest empty s states in the shell
    min(case when is_most_abundant then ns_unfilled end) as mode_ns_unfilled,  -- 1: empty s states in the shell of the most abundant element
    min(np_unfilled) as minimum_np_unfilled,                    -- 1: least empty p states in the shell
    max(np_unfilled) as maximum_np_unfilled,                    -- 1: greatest empty p states in the shell
    min(case when is_most_abundant then np_unfilled end) as mode_np_unfilled,  -- 1: empty p states in the shell of the most abundant element
    min(nd_unfilled) as minimum_nd_unfilled,                    -- 1: least empty d states in the shell
    max(nd_unfilled) as maximum_nd_unfilled,                    -- 1: greatest empty d states in the shell
    min(case when is_most_abundant then nd_unfilled end) as mode_nd_unfilled,  -- 1: empty d states in the shell of the most abundant element
    min(nf_unfilled) as minimum_nf_unfilled,                    -- 1: least empty f states in the shell
    max(nf_unfilled) as maximum_nf_unfilled,                    -- 1: greatest empty f states in the shell
    min(case when is_most_abundant then nf_unfilled end) as mode_nf_unfilled,  -- 1: empty f states in the shell of the most abundant element
    min(n_unfilled) as minimum_n_unfilled,                      -- 1: least empty states in the shell
    max(n_unfilled) as maximum_n_unfilled,                      -- 1: greatest empty states in the shell
    min(case when is_most_abundant then n_unfilled end) as mode_n_unfilled,  -- 1: empty states in the shell of the most abundant element
    min(ground_state_volume) as minimum_ground_state_volume,    -- Å³/atom: least volume per atom of the elemental ground state
    max(ground_state_volume) as maximum_ground_state_volume,    -- Å³/atom: greatest volume per atom of the elemental ground state
    min(case when is_most_abundant then ground_state_volume end) as mode_ground_state_volume,  -- Å³/atom: volume per atom of the elemental ground state of the most abundant element
    min(ground_state_band_gap) as minimum_ground_state_band_gap,  -- eV: least band gap of the elemental ground state
    max(ground_state_band_gap) as maximum_ground_state_band_gap,  -- eV: greatest band gap of the elemental ground state
    min(case when is_most_abundant then ground_state_band_gap end) as mode_ground_state_band_gap,  -- eV: band gap of the elemental ground state of the most abundant element
    min(ground_state_magnetic_moment) as minimum_ground_state_magnetic_moment,  -- μB: least moment per atom of the elemental ground state
    max(ground_state_magnetic_moment) as maximum_ground_state_magnetic_moment,  -- μB: greatest moment per atom of the elemental ground state
    min(case when is_most_abundant then ground_state_magnetic_moment end) as mode_ground_state_magnetic_moment,  -- μB: moment per atom of the elemental ground state of the most abundant element
    min(space_group_number) as minimum_space_group_number,      -- 1: least space group of the elemental ground state
    max(space_group_number) as maximum_space_group_number,      -- 1: greatest space group of the elemental ground state
    min(case when is_most_abundant then space_group_number end) as mode_space_group_number  -- 1: space group of the elemental ground state of the most abundant element
from elements
inner join features.magpie_properties using (element)
group by source, material_id
