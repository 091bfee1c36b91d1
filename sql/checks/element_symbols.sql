-- Each element of a material is known, with its properties, to the table of elements.
select
    fractions.source,
    fractions.material_id,
    fractions.element
from features.element_fractions as fractions
left join staging.elements as elements
    on fractions.element = elements.element
where elements.element is null
