-- The mappings of an alloy were made from the structures that are there. Cure: `python -m ingest
-- alloys`, with --from for structures of your own.
select
    structures.alloy,
    structures.structures_digest,
    count(distinct mappings.structures_digest) as n_sets_mapped,
    max(mappings.structures_digest) as mapped_digest
from staging.alloy_structures as structures
left join raw.lattice_mappings as mappings
    on structures.alloy = mappings.alloy
group by structures.alloy, structures.structures_digest
having
    count(
        case when mappings.structures_digest = structures.structures_digest then 1 end
    ) = 0
