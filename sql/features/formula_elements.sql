-- One row per reduced formula and element of it.
with formulas as (

    -- A reduced formula stands for one list of elements and counts.
    select
        reduced_formula,
        any_value(elements) as elements,
        any_value(formula_counts) as formula_counts
    from features.compositions
    group by reduced_formula

),

unnested as (

    select
        reduced_formula,
        unnest(
            list_transform(
                elements,
                lambda element, place: struct_pack(
                    element := element, formula_count := formula_counts[place]
                )
            )
        ) as entry
    from formulas

),

entries as (

    select
        reduced_formula,
        entry.element as element,
        entry.formula_count as formula_count
    from unnested

)

select
    entries.reduced_formula,
    entries.element,                                       -- chemical symbol
    entries.formula_count,                                 -- 1: atoms of the element in the reduced formula
    cast(sum(entries.formula_count) over formula as bigint) as formula_atoms,  -- 1: atoms in the reduced formula
    count(*) over formula as n_elements,                   -- 1: elements in the reduced formula
    valences.family,
    valences.valence,
    valences.cation_charge,
    valences.anion_charge,
    valences.electronegativity,
    valences.electronegativity
    = max(valences.electronegativity) over formula as is_most_electronegative,  -- whether no element of the formula attracts electrons more
    valences.common_oxidation_states,
    valences.oxidation_states
from entries
inner join features.valences as valences
    on entries.element = valences.element
window formula as (partition by entries.reduced_formula)
