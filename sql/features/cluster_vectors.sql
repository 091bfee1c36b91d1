-- One row per cluster space and structure: the structure's correlations in order.
with vectors as (

    -- An ordered aggregate has no equivalent in Spark; sorting the pairs has.
    select
        cluster_space_id,
        alloy,
        structure_id,
        list_sort(list(struct_pack(place := orbit_index, entry := correlation))) as entries
    from features.cluster_correlations
    group by cluster_space_id, alloy, structure_id

)

select
    cluster_space_id,
    alloy,
    structure_id,
    list_transform(entries, lambda x: x.entry) as cluster_vector -- 1: correlations by orbit_index
from vectors
