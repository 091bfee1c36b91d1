-- Every structure of an alloy is either mapped on the parent lattice or in quarantine.
with structures as (

    select
        alloy,
        count(*) as n_structures
    from staging.alloy_structures
    group by alloy

),

mapped as (

    select
        alloy,
        count(*) as n_mapped
    from staging.lattice_mappings
    group by alloy

),

quarantined as (

    select
        structures.alloy,
        count(*) as n_quarantined
    from structures
    inner join raw.quarantine as quarantine
        on quarantine.scope = '{"alloy": "' || structures.alloy || '"}'
    where quarantine.table_name = 'lattice_mappings'
    group by structures.alloy

)

select
    structures.alloy,
    structures.n_structures,
    coalesce(mapped.n_mapped, 0) as n_mapped,
    coalesce(quarantined.n_quarantined, 0) as n_quarantined
from structures
left join mapped
    on structures.alloy = mapped.alloy
left join quarantined
    on structures.alloy = quarantined.alloy
where
    structures.n_structures
    <> coalesce(mapped.n_mapped, 0) + coalesce(quarantined.n_quarantined, 0)
