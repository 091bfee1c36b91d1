-- The masks and orbits of supercells were made from the orbits of the cluster space that are
-- there. Cure: `python -m ingest clusters`.
with made as (

    select
        cluster_space_id,
        orbits_digest
    from raw.supercell_masks
    group by cluster_space_id, orbits_digest

    union all

    select
        cluster_space_id,
        orbits_digest
    from raw.supercell_orbits
    group by cluster_space_id, orbits_digest

),

spaces as (

    select
        cluster_space_id,
        orbits_digest
    from raw.orbits
    group by cluster_space_id, orbits_digest

)

select
    spaces.cluster_space_id,
    spaces.orbits_digest,
    count(case when made.orbits_digest = spaces.orbits_digest then 1 end) as n_tables
from spaces
inner join made
    on spaces.cluster_space_id = made.cluster_space_id
group by spaces.cluster_space_id, spaces.orbits_digest
having count(case when made.orbits_digest = spaces.orbits_digest then 1 end) < 2
