-- One row per reduced formula and descriptor that it has: what all materials of a formula share,
-- once for all of them.
select
    reduced_formula,
    descriptor_set,
    descriptor_kind,
    descriptor_elements,
    descriptor,
    value
from features.formula_descriptors
