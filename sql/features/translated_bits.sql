-- One row per cluster space and structure of a large supercell: where its translations meet which
-- species. A word has a bit for each of 62 translations, 1 if it takes the site of a bit of the
-- occupation to one that has the bit's species.
select
    supercells.cluster_space_id,
    mappings.alloy,
    mappings.structure_id,
    supercells.supercell_id,
    list_transform(
        generate_series(1, array_length(supercells.translations[1])),
        lambda word: list_transform(
            generate_series(1, array_length(supercells.bit_species)),
            lambda place: list_reduce(
                list_transform(
                    generate_series(1, array_length(supercells.translations[place][word])),
                    lambda step: case
                        when
                            mappings.site_species[supercells.translations[place][word][step]]
                            = supercells.bit_species[place]
                            then cast(1 as bigint) << cast(step - 1 as integer)
                        else cast(0 as bigint)
                    end
                ),
                lambda total, bit: total + bit,
                cast(0 as bigint)
            )
        )
    ) as words                 -- 1: for each 62 translations, a word for each bit of the occupation
from staging.lattice_mappings as mappings
inner join staging.supercell_translations as supercells
    on mappings.supercell_id = supercells.supercell_id
