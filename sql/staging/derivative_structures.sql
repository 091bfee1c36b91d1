-- One row per distinct decoration of a parent lattice with its elements. Of more than two elements
-- no concentration is told.
select
    structures.decoration_id,
    structures.supercell_id,
    structures.parent_lattice,
    structures.n_sites,
    structures.occupation,
    case
        when parents.n_species is null
            then bit_count(structures.occupation) / structures.n_sites
    end as concentration       -- 1: share of the second element
from raw.derivative_structures as structures
left join raw.parent_lattices as parents
    on structures.parent_lattice = parents.parent_lattice
