-- One row per flag of a mapped structure of an alloy: what to look at before a fit is trusted.
with flags as (

    select
        alloy,
        structure_id,
        decoration_id,
        strain,
        max_displacement,
        unnest(warnings) as flag
    from staging.lattice_mappings

)

select
    flags.alloy,
    flags.structure_id,
    flags.decoration_id,
    compositions.formula,
    flags.flag,                                            -- why the structure is doubtful; all flags: see raw.lattice_mappings
    flags.strain,
    flags.max_displacement,
    energies.formation_energy_per_atom
from flags
inner join features.alloy_compositions as compositions
    on flags.alloy = compositions.alloy
    and flags.structure_id = compositions.structure_id
left join features.formation_energies as energies
    on flags.alloy = energies.alloy
    and flags.structure_id = energies.structure_id
