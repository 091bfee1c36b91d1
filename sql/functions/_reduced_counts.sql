-- Smallest whole amounts in the ratios of some amounts. Broken ones count in the largest power of ten
-- that makes all of them whole, so that Ag0.5S2 and AgS4 become one formula; what never ends, such
-- as 1/3, is cut at the eighth place.
create macro _reduced_counts(
    amounts                                                -- list of positive numbers
) as
    list_transform(
        [amounts],
        lambda given: case
            when
                array_length(list_filter(given, lambda amount: amount = 1)) > 0
                and array_length(list_filter(given, lambda amount: amount <> round(amount))) = 0
                then list_transform(given, lambda amount: cast(least(amount, 9e18) as bigint))
            else list_transform(
                [_whole_counts(given)],
                lambda counts: list_transform(
                    [_common_divisor(counts)],
                    lambda divisor: list_transform(counts, lambda n: n // divisor)
                )[1]
            )[1]
        end
    )[1]
