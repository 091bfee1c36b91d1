-- One row per cluster space and derivative structure of its parent lattice: its cluster vector, from
-- which any model's parameters give its energy.
with vectors as (

    -- An ordered aggregate has no equivalent in Spark; sorting the pairs has.
    select
        cluster_space_id,
        decoration_id,
        list_sort(list(struct_pack(place := orbit_index, entry := correlation))) as entries
    from features.derivative_correlations
    group by cluster_space_id, decoration_id

)

select
    vectors.cluster_space_id,
    vectors.decoration_id,
    structures.concentration,
    list_transform(vectors.entries, lambda x: x.place) as orbit_indices, -- 1: places of the correlations in the cluster space
    list_transform(vectors.entries, lambda x: x.entry) as cluster_vector -- 1: correlations by orbit_index
from vectors
inner join staging.derivative_structures as structures
    on vectors.decoration_id = structures.decoration_id
