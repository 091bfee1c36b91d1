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
            parity || ' electrons, ' || n_elements || case when n_elements = 1 then ' element' else ' elements' end,
            parity || ' electrons, ' || least(nsites, 40) || case when nsites = 1 then ' site' else ' sites' end,
            least(nsites, 100) || case when nsites = 1 then ' site' else ' sites' end,
            least(formula_units, 16) || case when formula_units = 1 then ' formula unit' else ' formula units' end
        ]) as descriptor
    from cells
    union all
    select
        source,
        material_id,
        unnest(list_transform(elements, lambda element: element || ', ' || parity || ' electrons'))
            as descriptor
    from cells

)

select
    source,
    material_id,
    'cell' as descriptor_set,                              -- idea that the descriptor comes from: the unit cell
    descriptor,                                            -- what the cell has
    cast(1 as double) as value                             -- 1: the descriptor is there
from everything
