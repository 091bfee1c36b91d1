-- One row per material of a known unit cell and descriptor of that cell that it has; the rest of
-- its descriptors follow from its reduced formula alone.
with cells as (

    select
        counts.source,
        counts.material_id,
        compositions.elements,
        least(compositions.n_elements, 6) as n_elements,
        counts.nsites,
        counts.formula_units,
        case when counts.has_odd_electrons then 'odd' else 'even' end as parity
    from features.electron_counts as counts
    inner join features.compositions as compositions
        on counts.source = compositions.source
        and counts.material_id = compositions.material_id
    where counts.nsites is not null

),

everything as (

    select
        source,
        material_id,
        unnest([
            struct_pack(descriptor_kind := 'parity_by_n_elements', elements := cast([] as varchar[]), descriptor := parity || ' electrons, ' || n_elements || case when n_elements = 1 then ' element' else ' elements' end),
            struct_pack(descriptor_kind := 'parity_by_n_sites', elements := cast([] as varchar[]), descriptor := parity || ' electrons, ' || least(nsites, 40) || case when nsites = 1 then ' site' else ' sites' end),
            struct_pack(descriptor_kind := 'n_sites', elements := cast([] as varchar[]), descriptor := least(nsites, 100) || case when nsites = 1 then ' site' else ' sites' end),
            struct_pack(descriptor_kind := 'formula_units', elements := cast([] as varchar[]), descriptor := least(formula_units, 16) || case when formula_units = 1 then ' formula unit' else ' formula units' end)
        ]) as entry
    from cells
    union all
    select
        source,
        material_id,
        unnest(
            list_transform(
                elements,
                lambda element: struct_pack(
                    descriptor_kind := 'element_parity',
                    elements := [element],
                    descriptor := element || ', ' || parity || ' electrons'
                )
            )
        ) as entry
    from cells

)

select
    source,
    material_id,
    'cell' as descriptor_set,                              -- idea that the descriptor comes from: the unit cell
    entry.descriptor_kind,                                 -- what of the idea the descriptor tells, such as n_sites or element_parity
    entry.elements as descriptor_elements,                 -- chemical symbols that the descriptor is about; none if it is about the whole
    entry.descriptor,                                      -- what the cell has, in words
    cast(1 as double) as value                             -- 1: the descriptor is there
from everything
