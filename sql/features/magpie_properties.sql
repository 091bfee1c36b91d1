-- One row per element: Magpie's 22 properties. Five of them have gaps, which the mean over the elements
-- that have a value fills, as in matminer (`impute_nan`).
select
    element,
    magpie_number,
    coalesce(mendeleev_number, avg(mendeleev_number) over ()) as mendeleev_number,  -- 1: Mendeleev number; imputed where unknown: mean of the known
    atomic_weight,
    coalesce(melting_temperature, avg(melting_temperature) over ()) as melting_temperature,  -- K: melting temperature; imputed where unknown: mean of the known
    magpie_column,
    magpie_row,
    coalesce(covalent_radius, avg(covalent_radius) over ()) as covalent_radius,  -- pm: covalent radius; imputed where unknown: mean of the known
    coalesce(electronegativity, avg(electronegativity) over ()) as electronegativity,  -- 1: Pauling electronegativity; imputed where unknown: mean of the known
    ns_valence,
    np_valence,
    nd_valence,
    nf_valence,
    n_valence,
    ns_unfilled,
    np_unfilled,
    nd_unfilled,
    nf_unfilled,
    n_unfilled,
    ground_state_volume,
    ground_state_band_gap,
    ground_state_magnetic_moment,
    coalesce(space_group_number, avg(space_group_number) over ()) as space_group_number  -- 1: number of the space group of the element's ground state; imputed where unknown: mean of the known
from staging.elements
