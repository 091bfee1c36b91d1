-- Some amounts times the smallest power of ten, up to the eighth, that makes all of them whole.
create macro _whole_counts(
    amounts                                                -- list of positive numbers
) as
    list_transform(
        [amounts],
        lambda given: list_transform(
            [
                coalesce(
                    list_min(
                        list_filter(
                            generate_series(0, 8),
                            lambda places: array_length(
                                list_filter(
                                    given,
                                    lambda amount:
                                    abs(amount * pow(10, places) - round(amount * pow(10, places)))
                                    > 1e-9 * least(amount * pow(10, places), 1)
                                )
                            ) = 0
                        )
                    ),
                    8
                )
            ],
            lambda places: list_transform(
                given,
                lambda amount: greatest(cast(round(least(amount * pow(10, places), 9e18)) as bigint), 1)
            )
        )[1]
    )[1]
