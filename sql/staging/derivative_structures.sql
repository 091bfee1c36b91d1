-- One row per distinct decoration of a parent lattice with its elements. A concentration is told
-- where each site has one species or two, and those with two are one sublattice.
select
    structures.decoration_id,
    structures.supercell_id,
    structures.parent_lattice,
    structures.n_sites,
    structures.occupation,
    case
        when parents.n_species is null
            then bit_count(structures.occupation) / structures.n_sites
        when
            list_max(parents.n_species) = 2
            and array_length(
                list_distinct(
                    list_filter(parents.sublattices, lambda x, place: parents.n_species[place] = 2)
                )
            ) = 1
            then bit_count(structures.occupation) / (
                structures.n_sites // array_length(parents.basis)
                * array_length(list_filter(parents.n_species, lambda x: x = 2))
            )
    end as concentration       -- 1: share of the second element among the sites that it may be on
from raw.derivative_structures as structures
left join raw.parent_lattices as parents
    on structures.parent_lattice = parents.parent_lattice
