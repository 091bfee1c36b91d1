-- One row per ideal lattice: its primitive cell, to which supercells and sites refer.
select
    parent_lattice,
    cell,
    basis,
    n_species,
    sublattices
from raw.parent_lattices
