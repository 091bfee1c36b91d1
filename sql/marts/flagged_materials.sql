-- One row per doubt about a material: values that contradict each other or cannot be. They stand in
-- the tables as their source has them.
with doubts as (

    -- NULL is no doubt: what is unknown contradicts nothing.
    select
        materials.source,
        materials.material_id,
        materials.formula,
        unnest([
            case when materials.is_metal and materials.band_gap > 0
                then 'a metal with a band gap'
            end,
            case when not materials.is_metal and materials.band_gap = 0
                then 'no metal, and no band gap'
            end,
            case when materials.is_stable and materials.energy_above_hull > 0.000001
                then 'stable, but above the hull'
            end,
            case when not materials.is_stable and materials.energy_above_hull <= 0
                then 'on the hull, but not stable'
            end,
            case when materials.energy_above_hull < -0.000001
                then 'below the hull of stable phases'
            end,
            case when materials.bulk_modulus_reuss > materials.bulk_modulus_voigt * 1.001 + 0.001
                then 'bulk modulus: Reuss above Voigt, its upper bound'
            end,
            case when materials.shear_modulus_reuss > materials.shear_modulus_voigt * 1.001 + 0.001
                then 'shear modulus: Reuss above Voigt, its upper bound'
            end,
            case when greatest(materials.bulk_modulus_voigt, materials.bulk_modulus_reuss, materials.bulk_modulus_vrh) > 1000
                then 'bulk modulus: more than 1,000 GPa, twice that of diamond'
            end,
            case when greatest(materials.shear_modulus_voigt, materials.shear_modulus_reuss, materials.shear_modulus_vrh) > 1000
                then 'shear modulus: more than 1,000 GPa, twice that of diamond'
            end,
            case when least(materials.bulk_modulus_voigt, materials.bulk_modulus_reuss, materials.bulk_modulus_vrh) < 0
                then 'bulk modulus: negative'
            end,
            case when least(materials.shear_modulus_voigt, materials.shear_modulus_reuss, materials.shear_modulus_vrh) < 0
                then 'shear modulus: negative'
            end,
            case when materials.homogeneous_poisson < -1 or materials.homogeneous_poisson > 0.5
                then 'Poisson''s ratio outside -1 to 0.5'
            end,
            case when materials.universal_anisotropy < -0.001
                then 'elastic anisotropy: negative'
            end,
            case when materials.e_electronic < 1
                then 'electronic dielectric constant below that of vacuum'
            end,
            case when materials.e_total < materials.e_electronic * 0.999
                then 'dielectric constant below its electronic part'
            end,
            case when
                abs(materials.density_atomic * materials.nsites / materials.volume - 1) > 0.01
                then 'volume per atom is not volume over sites'
            end,
            case when
                materials.num_magnetic_sites > materials.nsites
                or materials.num_unique_magnetic_sites > materials.num_magnetic_sites
                then 'more magnetic sites than sites'
            end,
            case when lower(materials.crystal_system) <> groups.group_crystal_system
                then 'crystal system is not the space group''s'
            end,
            case when
                replace(replace(materials.point_group, '-6m2', '-62m'), '-4m2', '-42m')
                <> groups.group_point_group
                then 'point group is not the space group''s'
            end,
            case when abs(materials.energy_per_atom - materials.uncorrected_energy_per_atom) > 3
                then 'energies on two scales: their difference is no correction, but another functional'
            end,
            case when abs(materials.formation_energy_per_atom) > 5
                then 'formation energy beyond 5 eV/atom'
            end,
            case when materials.energy_above_hull > 2
                then 'more than 2 eV/atom above the hull'
            end,
            case when materials.density_atomic > 100
                then 'volume per atom beyond 100 Å³'
            end,
            case when materials.total_magnetization < -0.01
                then 'magnetic moment: negative, its sign is arbitrary'
            end,
            case when abs(materials.universal_anisotropy) > 100
                then 'elastic anisotropy beyond 100'
            end
        ]) as doubt
    from staging.materials as materials
    left join features.space_groups as groups
        on materials.source = groups.source
        and materials.material_id = groups.material_id

)

select
    doubts.source,
    doubts.material_id,
    doubts.formula,
    doubts.doubt,                                          -- what contradicts itself or cannot be
    staged.is_metal,
    staged.band_gap,
    staged.is_stable,
    staged.energy_above_hull,
    staged.spacegroup_number,
    staged.point_group,
    staged.bulk_modulus_voigt,
    staged.bulk_modulus_reuss,
    staged.shear_modulus_voigt,
    staged.shear_modulus_reuss,
    staged.formation_energy_per_atom,
    staged.density_atomic,
    staged.total_magnetization,
    staged.universal_anisotropy,
    staged.uncorrected_energy_per_atom,
    staged.energy_per_atom
from doubts
inner join staging.materials as staged
    on doubts.source = staged.source
    and doubts.material_id = staged.material_id
where doubts.doubt is not null
