-- One row per facet of the convex hull of an alloy's structures on their parent lattice.
select
    alloy,
    source,
    facet_index,
    vertices,
    chemical_potentials,
    amounts
from raw.hull_facets
-- Facets of other structures than those that are there belong to a write that was stopped.
where (alloy, structures_digest) in (select alloy, structures_digest from raw.alloy_structures)
