-- One row per alloy and parent lattice: the lattice parameters of its pure elements, from the
-- volume of each one's most stable structure. Vegard's rule weighs them by the elements' shares.
with structures as (

    select
        mappings.alloy,
        mappings.parent_lattice,
        energies.concentrations,
        energies.volume_per_atom,
        energies.formation_energy_per_atom,
        unnest(generate_series(1, array_length(energies.concentrations))) as place
    from staging.lattice_mappings as mappings
    inner join features.formation_energies as energies
        on mappings.alloy = energies.alloy
        and mappings.structure_id = energies.structure_id

),

pure_elements as (

    select
        alloy,
        parent_lattice,
        place,
        arg_min(
            case when concentrations[place] = 1 then volume_per_atom end,
            case when concentrations[place] = 1 then formation_energy_per_atom end
        ) as volume
    from structures
    group by alloy, parent_lattice, place

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
    list_transform(
        list_sort(
            list(
                struct_pack(
                    place := pure_elements.place,
                    entry := cbrt(pure_elements.volume / sites.volume)
                )
            )
        ),
        lambda x: x.entry
    ) as lattice_parameters                                -- Å: a of each element of the alloy, in alphabetical order
from pure_elements
inner join sites
    on pure_elements.parent_lattice = sites.parent_lattice
group by pure_elements.alloy, pure_elements.parent_lattice
