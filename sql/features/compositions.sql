-- One row per labelled material: its elements and their fractions, reduced formula and chemical system.
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
    from features.labelled_materials as materials
    inner join sizes
        on materials.source = sizes.source
        and materials.material_id = sizes.material_id

),

decimals as (

    -- Broken amounts count in the largest power of ten that makes all of them whole, so that
    -- Ag0.5S2 and AgS4 become one formula. What never ends, such as 1/3, is cut at the eighth place.
    select
        source,
        material_id,
        n_atoms,
        elements,
        amounts,
        list_transform(amounts, lambda amount: amount / n_atoms) as atomic_fractions,
        coalesce(
            list_min(
                list_filter(
                    generate_series(0, 8),
                    lambda places: array_length(
                        list_filter(
                            amounts,
                            lambda amount:
                            abs(amount * pow(10, places) - round(amount * pow(10, places)))
                            > 1e-9 * least(amount * pow(10, places), 1)
                        )
                    ) = 0
                )
            ),
            8
        ) as places
    from amounts

),

counts as (

    select
        source,
        material_id,
        n_atoms,
        elements,
        atomic_fractions,
        list_transform(
            amounts,
            lambda amount: greatest(cast(round(amount * pow(10, places)) as bigint), 1)
        ) as counts
    from decimals

),

divisors as (

    -- Those up to the root of the smallest count, and what each leaves of it.
    select
        source,
        material_id,
        n_atoms,
        elements,
        atomic_fractions,
        counts,
        list_filter(
            generate_series(1, cast(floor(sqrt(list_min(counts))) as bigint)),
            lambda divisor: list_min(counts) % divisor = 0
        ) as divisors
    from counts

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
                list_concat(
                    divisors,
                    list_transform(divisors, lambda divisor: list_min(counts) // divisor)
                ),
                lambda divisor: array_length(list_filter(counts, lambda n: n % divisor > 0)) = 0
            )
        ) as divisor
    from divisors

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
