-- One row per reduced formula and element: the charge that its atoms would need if every other
-- element took its usual one, as Mn needs +3 in KMnO2. Elements that attract electrons more take
-- the charge of an anion, the others that of a cation.
with pairs as (

    select
        elements.reduced_formula,
        elements.element,
        elements.formula_count,
        others.formula_count * case
            when others.electronegativity > elements.electronegativity then others.anion_charge
            else others.cation_charge
        end as usual_charge
    from features.formula_elements as elements
    inner join features.formula_elements as others
        on elements.reduced_formula = others.reduced_formula
        and elements.element <> others.element

)

select
    reduced_formula,
    element,
    -sum(usual_charge) / formula_count as required_charge  -- e/atom: minus the usual charges of all other atoms, over the atoms of the element
from pairs
group by
    reduced_formula,
    element,
    formula_count
