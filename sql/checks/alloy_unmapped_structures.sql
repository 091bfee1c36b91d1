-- Every structure of an alloy is either mapped on the parent lattice or in quarantine. Cure:
-- `python -m ingest alloys`, with --from for structures of your own.
with structures as (

    select
        alloy,
        case
            when structures_digest = '' then '{"alloy": "' || alloy || '"}'
            else
                '{"alloy": "' || alloy || '", "structures_digest": "' || structures_digest || '"}'
        end as scope,
        count(*) as n_structures
    from staging.alloy_structures
    group by alloy, structures_digest

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
        on structures.scope = quarantine.scope
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
