-- One row per element: Magpie's 22 properties; a missing one is the mean over the elements that
-- have it, as in matminer (`impute_nan`).
select
    element,
    coalesce(magpie_number, avg(magpie_number) over ()) as magpie_number,  -- 1: atomic number; imputed where unknown: mean of the known
    coalesce(mendeleev_number, avg(mendeleev_number) over ()) as mendeleev_number,  -- 1: Mendeleev number; imputed where unknown: mean of the known
    coalesce(atomic_weight, avg(atomic_weight) over ()) as atomic_weight,  -- u: atomic weight; imputed where unknown: mean of the known
    coalesce(melting_temperature, avg(melting_temperature) over ()) as melting_temperature,  -- K: melting temperature; imputed where unknown: mean of the known
    coalesce(magpie_column, avg(magpie_column) over ()) as magpie_column,  -- 1: column of the periodic table; 3 for rare earths and actinides; imputed where unknown: mean of the known
    coalesce(magpie_row, avg(magpie_row) over ()) as magpie_row,  -- 1: row of the periodic table; imputed where unknown: mean of the known
    coalesce(covalent_radius, avg(covalent_radius) over ()) as covalent_radius,  -- pm: covalent radius; imputed where unknown: mean of the known
    coalesce(electronegativity, avg(electronegativity) over ()) as electronegativity,  -- 1: Pauling electronegativity; imputed where unknown: mean of the known
    coalesce(ns_valence, avg(ns_valence) over ()) as ns_valence,  -- 1: s electrons in the valence shell; imputed where unknown: mean of the known
    coalesce(np_valence, avg(np_valence) over ()) as np_valence,  -- 1: p electrons in the valence shell; imputed where unknown: mean of the known
    coalesce(nd_valence, avg(nd_valence) over ()) as nd_valence,  -- 1: d electrons in the valence shell; imputed where unknown: mean of the known
    coalesce(nf_valence, avg(nf_valence) over ()) as nf_valence,  -- 1: f electrons in the valence shell; imputed where unknown: mean of the known
    coalesce(n_valence, avg(n_valence) over ()) as n_valence,  -- 1: valence electrons, filled d and f shells among them; imputed where unknown: mean of the known
    coalesce(ns_unfilled, avg(ns_unfilled) over ()) as ns_unfilled,  -- 1: empty s states in the shell; imputed where unknown: mean of the known
    coalesce(np_unfilled, avg(np_unfilled) over ()) as np_unfilled,  -- 1: empty p states in the shell; imputed where unknown: mean of the known
    coalesce(nd_unfilled, avg(nd_unfilled) over ()) as nd_unfilled,  -- 1: empty d states in the shell; imputed where unknown: mean of the known
    coalesce(nf_unfilled, avg(nf_unfilled) over ()) as nf_unfilled,  -- 1: empty f states in the shell; imputed where unknown: mean of the known
    coalesce(n_unfilled, avg(n_unfilled) over ()) as n_unfilled,  -- 1: empty states in the shell; imputed where unknown: mean of the known
    coalesce(ground_state_volume, avg(ground_state_volume) over ()) as ground_state_volume,  -- Å³: volume per atom of the element's DFT ground state; imputed where unknown: mean of the known
    coalesce(ground_state_band_gap, avg(ground_state_band_gap) over ()) as ground_state_band_gap,  -- eV: band gap of the element's DFT ground state; imputed where unknown: mean of the known
    coalesce(ground_state_magnetic_moment, avg(ground_state_magnetic_moment) over ()) as ground_state_magnetic_moment,  -- μB: moment per atom of the element's DFT ground state; imputed where unknown: mean of the known
    coalesce(space_group_number, avg(space_group_number) over ()) as space_group_number  -- 1: number of the space group of the element's ground state; imputed where unknown: mean of the known
from staging.elements
