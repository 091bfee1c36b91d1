-- One row per structure of an alloy on its parent lattice, calculated or, of two species, derivative:
-- all that its ideal geometry follows from. Site i of basis atom b and cell (i, j, k) is number
-- ((b * h11 + i) * h22 + j) * h33 + k of the supercell.
with decorations as (

    select
        mappings.alloy,
        mappings.structure_id,
        mappings.parent_lattice,
        mappings.decoration_id,
        mappings.supercell_id,
        mappings.occupation,
        mappings.site_species,
        compositions.concentrations
    from staging.lattice_mappings as mappings
    inner join features.alloy_compositions as compositions
        on mappings.alloy = compositions.alloy
        and mappings.structure_id = compositions.structure_id
    union all
    select
        parameters.alloy,
        structures.decoration_id as structure_id,
        structures.parent_lattice,
        structures.decoration_id,
        structures.supercell_id,
        structures.occupation,
        null as site_species,
        [1 - structures.concentration, structures.concentration] as concentrations
    from staging.derivative_structures as structures
    inner join features.alloy_lattice_parameters as parameters
        on structures.parent_lattice = parameters.parent_lattice
    where structures.concentration is not null

)

select
    decorations.alloy,
    decorations.structure_id,                            -- the source's name, or the decoration_id of a derivative structure
    decorations.decoration_id,
    parents.cell as primitive_cell,                      -- a: primitive vectors of the parent, one per row
    parents.basis,
    parents.n_species,
    parents.sublattices,
    supercells.hermite_normal_form,
    supercells.n_sites,
    decorations.occupation,
    decorations.site_species,                            -- 1: species on each site, counted from 0 among those of its sublattice in the alloy's name; NULL of a derivative structure, whose occupation tells
    parameters.lattice_parameters[1] + list_reduce(
        list_transform(
            decorations.concentrations,
            lambda x, place: x
                * (parameters.lattice_parameters[place] - parameters.lattice_parameters[1])
        ),
        lambda total, x: total + x
    ) as lattice_parameter                               -- Å: a by Vegard's rule
from decorations
inner join staging.supercells as supercells
    on decorations.supercell_id = supercells.supercell_id
inner join staging.parent_lattices as parents
    on decorations.parent_lattice = parents.parent_lattice
inner join features.alloy_lattice_parameters as parameters
    on decorations.alloy = parameters.alloy
    and decorations.parent_lattice = parameters.parent_lattice
