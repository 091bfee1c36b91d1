-- One row per material of a known structure and descriptor that its calculation adds to what the
-- formula and the cell's size tell. Nothing here may define the label: no band gap or edge, no
-- Fermi energy, no density of states, and nothing that is only calculated for insulators, such as a
-- dielectric constant, whose mere presence would tell. Steps are as wide as the names say.
with steps as (

    -- `case`, for `least` of a limit and an unknown value would be the limit.
    select
        source,
        material_id,
        case when density > 20 then 20 else round(density) end as density,
        case when density_atomic > 60 then 60 else round(density_atomic) end as atomic_volume,
        crystal_system,
        spacegroup_number,
        case
            when formation_energy_per_atom < -4.5 then -45
            when formation_energy_per_atom > 2 then 20
            else round(10 * formation_energy_per_atom)
        end as formation_energy,
        case when energy_above_hull > 1 then 20 else round(20 * energy_above_hull) end
            as hull_distance,
        is_magnetic,
        ordering,
        case
            when abs(total_magnetization) > 5 * nsites then 20
            else round(4 * abs(total_magnetization) / nsites)
        end as moment
    from features.labelled_materials as materials
    where density_atomic is not null

),

everything as (

    select
        source,
        material_id,
        unnest([
            struct_pack(descriptor_set := 'geometry', descriptor_kind := 'density', descriptor := cast(density as bigint) || ' g/cm³'),
            struct_pack(descriptor_set := 'geometry', descriptor_kind := 'atomic_volume', descriptor := cast(atomic_volume as bigint) || ' Å³ per atom'),
            struct_pack(descriptor_set := 'geometry', descriptor_kind := 'crystal_system', descriptor := 'crystal system ' || crystal_system),
            struct_pack(descriptor_set := 'geometry', descriptor_kind := 'space_group', descriptor := 'space group ' || spacegroup_number),
            struct_pack(descriptor_set := 'stability', descriptor_kind := 'formation_energy', descriptor := cast(100 * formation_energy as bigint) || ' meV/atom of formation'),
            struct_pack(descriptor_set := 'stability', descriptor_kind := 'energy_above_hull', descriptor := cast(50 * hull_distance as bigint) || ' meV/atom above the hull'),
            struct_pack(descriptor_set := 'magnetism', descriptor_kind := 'is_magnetic', descriptor := case when is_magnetic then 'magnetic' when not is_magnetic then 'not magnetic' end),
            struct_pack(descriptor_set := 'magnetism', descriptor_kind := 'ordering', descriptor := 'magnetic order ' || ordering),
            struct_pack(descriptor_set := 'magnetism', descriptor_kind := 'magnetization', descriptor := cast(250 * moment as bigint) || ' mμB per atom')
        ]) as entry
    from steps

)

select
    source,
    material_id,
    entry.descriptor_set,                                  -- idea that the descriptor comes from: geometry, stability or magnetism
    entry.descriptor_kind,                                 -- what of the idea the descriptor tells, such as density or ordering
    cast([] as varchar[]) as descriptor_elements,          -- chemical symbols that the descriptor is about: none, for it is about the whole
    entry.descriptor,                                      -- what the calculation found, in words
    cast(1 as double) as value                             -- 1: the descriptor is there
from everything
where entry.descriptor is not null
