-- One row per alloy and parent lattice: the lattice parameters of its end members, from the volume
-- of each one's most stable structure. Vegard's rule weighs them by their shares.
with structures as (

    select
        mappings.alloy,
        mappings.structure_id,
        mappings.parent_lattice,
        energies.concentrations,
        energies.is_end_member,
        energies.volume_per_atom,
        energies.formation_energy_per_atom,
        unnest(generate_series(1, array_length(energies.concentrations))) as place
    from staging.lattice_mappings as mappings
    inner join features.formation_energies as energies
        on mappings.alloy = energies.alloy
        and mappings.structure_id = energies.structure_id

),

end_members as (

    select
        alloy,
        parent_lattice,
        place,
        arg_min(
            case when is_end_member and concentrations[place] = 1 then volume_per_atom end,
            -- Of equal energies but for rounding the first by name.
            case
                when is_end_member and concentrations[place] = 1
                    then struct_pack(
                        energy := round(formation_energy_per_atom, 9), structure_id := structure_id
                    )
            end
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
    end_members.alloy,
    end_members.parent_lattice,
    list_transform(
        list_sort(
            list(
                struct_pack(
                    place := end_members.place,
                    entry := cbrt(end_members.volume / sites.volume)
                )
            )
        ),
        lambda x: x.entry
    ) as lattice_parameters                                -- Å: a of each element of the alloy, in alphabetical order, or of each end member
from end_members
inner join sites
    on end_members.parent_lattice = sites.parent_lattice
group by end_members.alloy, end_members.parent_lattice
