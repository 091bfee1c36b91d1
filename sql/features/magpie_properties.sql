-- One row per element: Magpie's 22 properties; a missing one is the mean over the elements that
-- have it, as in matminer (`impute_nan`).
select
    element,
    coalesce(magpie_number, avg(magpie_number) over ()) as magpie_number,
    coalesce(mendeleev_number, avg(mendeleev_number) over ()) as mendeleev_number,
    coalesce(atomic_weight, avg(atomic_weight) over ()) as atomic_weight,
    coalesce(melting_temperature, avg(melting_temperature) over ()) as melting_temperature,
    coalesce(magpie_column, avg(magpie_column) over ()) as magpie_column,
    coalesce(magpie_row, avg(magpie_row) over ()) as magpie_row,
    coalesce(covalent_radius, avg(covalent_radius) over ()) as covalent_radius,
    coalesce(electronegativity, avg(electronegativity) over ()) as electronegativity,
    coalesce(ns_valence, avg(ns_valence) over ()) as ns_valence,
    coalesce(np_valence, avg(np_valence) over ()) as np_valence,
    coalesce(nd_valence, avg(nd_valence) over ()) as nd_valence,
    coalesce(nf_valence, avg(nf_valence) over ()) as nf_valence,
    coalesce(n_valence, avg(n_valence) over ()) as n_valence,
    coalesce(ns_unfilled, avg(ns_unfilled) over ()) as ns_unfilled,
    coalesce(np_unfilled, avg(np_unfilled) over ()) as np_unfilled,
    coalesce(nd_unfilled, avg(nd_unfilled) over ()) as nd_unfilled,
    coalesce(nf_unfilled, avg(nf_unfilled) over ()) as nf_unfilled,
    coalesce(n_unfilled, avg(n_unfilled) over ()) as n_unfilled,
    coalesce(ground_state_volume, avg(ground_state_volume) over ()) as ground_state_volume,
    coalesce(ground_state_band_gap, avg(ground_state_band_gap) over ()) as ground_state_band_gap,
    coalesce(ground_state_magnetic_moment, avg(ground_state_magnetic_moment) over ()) as ground_state_magnetic_moment,
    coalesce(space_group_number, avg(space_group_number) over ()) as space_group_number
from staging.elements
