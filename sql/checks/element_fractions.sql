-- The fractions of a material's elements are positive and add up to one.
select
    source,
    material_id,
    min(atomic_fraction) as least_fraction,
    sum(atomic_fraction) as total_fraction
from features.element_fractions
group by source, material_id
having min(atomic_fraction) <= 0 or abs(sum(atomic_fraction) - 1) > 1e-9
