-- One row per supercell of a parent lattice.
select
    supercell_id,
    parent_lattice,
    hermite_normal_form,
    n_sites
from raw.supercells
