-- One row per material: its elements and their fractions, reduced formula and chemical system.
-- Elements stand in alphabetical order throughout.
with sizes as (

    select
        source,
        material_id,
        sum(amount) as n_atoms
    from features.element_fractions
    group by source, material_id

),

amounts as (

    select
        materials.source,
        materials.material_id,
        sizes.n_atoms,
        list_transform(materials.composition, lambda entry: entry.element) as elements,
        list_transform(materials.composition, lambda entry: entry.amount) as amounts
    from staging.materials as materials
    inner join sizes
        on materials.source = sizes.source
        and materials.material_id = sizes.material_id

),

counts as (

    -- Broken amounts count to four decimals, so that Ag0.5S2 and AgS4 become one formula.
    select
        source,
        material_id,
        n_atoms,
        elements,
        list_transform(amounts, lambda amount: amount / n_atoms) as atomic_fractions,
        case
            when array_length(list_filter(amounts, lambda amount: amount <> round(amount))) = 0
                then list_transform(amounts, lambda amount: cast(amount as bigint))
            else list_transform(
                amounts, lambda amount: greatest(cast(round(amount * 10000) as bigint), 1)
            )
        end as counts
    from amounts

),

divided as (

    select
        source,
        material_id,
        n_atoms,
        elements,
        atomic_fractions,
        counts,
        list_max(
            list_filter(
                generate_series(1, list_min(counts)),
                lambda divisor: array_length(list_filter(counts, lambda n: n % divisor > 0)) = 0
            )
        ) as divisor
    from counts

)

select
    source,
    material_id,
    array_to_string(
        list_transform(
            elements,
            lambda element, position: element || case
                when counts[position] > divisor then cast(counts[position] // divisor as varchar)
                else ''
            end
        ),
        ''
    ) as reduced_formula,                                  -- smallest whole amounts, such as ClNa
    array_to_string(elements, '-') as chemsys,             -- chemical system, such as Cl-Na
    elements,                                              -- chemical symbols
    list_transform(counts, lambda n: n // divisor) as formula_counts,  -- 1: atoms in the reduced formula, one for each of `elements`
    atomic_fractions,                                      -- 1: shares of the atoms, one for each of `elements`
    array_length(elements) as n_elements,                           -- 1: how many elements it has
    n_atoms                                                -- 1: sum of the amounts in `formula`
from divided
