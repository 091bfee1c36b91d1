-- One row per distinct decoration of a parent lattice with two elements.
select
    decoration_id,
    supercell_id,
    parent_lattice,
    n_sites,
    occupation
from raw.derivative_structures
