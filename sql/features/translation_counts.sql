-- One row per cluster space and structure of a large supercell: how many clusters of each orbit have
-- the species that they are the indicators of. What all words of a cluster have in common are the
-- translations that take it to such a place; the classes are the orbits but the zerolet.
select
    bits.cluster_space_id,
    bits.alloy,
    bits.structure_id,
    bits.supercell_id,
    list_transform(
        supercells.clusters,
        lambda orbit: cast(
            list_reduce(
                list_transform(
                    orbit,
                    lambda cluster: list_reduce(
                        list_transform(
                            bits.words,
                            lambda word: cast(
                                bit_count(
                                    list_reduce(
                                        cluster,
                                        lambda shared, place: shared & word[place],
                                        cast(-1 as bigint)
                                    )
                                ) as bigint
                            )
                        ),
                        lambda total, n: total + n,
                        cast(0 as bigint)
                    )
                ),
                lambda total, n: total + n,
                cast(0 as bigint)
            ) as double
        )
    ) as n_counted             -- 1: masks of each class that count
from features.translated_bits as bits
inner join staging.supercell_translations as supercells
    on bits.cluster_space_id = supercells.cluster_space_id
    and bits.supercell_id = supercells.supercell_id
