-- One row per orbit of a cluster space: clusters that symmetry makes equal.
select
    cluster_space_id,
    orbit_index,
    cluster_order,
    radius,
    diameter,
    multiplicity,
    sites,
    point_functions
from raw.orbits
