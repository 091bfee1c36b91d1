-- One row per alloy and parent lattice: the lattice parameters of its pure elements, from the
-- volume of each one's most stable structure. Vegard's rule joins the two by a straight line.
with pure_elements as (

    select
        mappings.alloy,
        mappings.parent_lattice,
        arg_min(
            case when energies.concentration = 0 then energies.volume_per_atom end,
            case when energies.concentration = 0 then energies.formation_energy_per_atom end
        ) as first_volume,
        arg_min(
            case when energies.concentration = 1 then energies.volume_per_atom end,
            case when energies.concentration = 1 then energies.formation_energy_per_atom end
        ) as second_volume
    from staging.lattice_mappings as mappings
    inner join features.formation_energies as energies
        on mappings.alloy = energies.alloy
        and mappings.structure_id = energies.structure_id
    where energies.concentration in (0, 1)
    group by mappings.alloy, mappings.parent_lattice

),

sites as (

    select
        parent_lattice,
        abs(
            cell[1][1] * (cell[2][2] * cell[3][3] - cell[2][3] * cell[3][2])
            - cell[1][2] * (cell[2][1] * cell[3][3] - cell[2][3] * cell[3][1])
            + cell[1][3] * (cell[2][1] * cell[3][2] - cell[2][2] * cell[3][1])
        ) / array_length(basis) as volume
    from staging.parent_lattices

)

select
    pure_elements.alloy,
    pure_elements.parent_lattice,
    cbrt(pure_elements.first_volume / sites.volume) as first_lattice_parameter, -- Å: a of the first element
    cbrt(pure_elements.second_volume / sites.volume) as second_lattice_parameter -- Å: a of the second element
from pure_elements
inner join sites
    on pure_elements.parent_lattice = sites.parent_lattice
