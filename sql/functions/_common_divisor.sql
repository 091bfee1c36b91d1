-- Greatest common divisor of positive whole numbers, by Euclid: his remainders fall by the golden
-- ratio at least, so that their number is bounded.
create macro _common_divisor(
    counts                                                 -- list of positive whole numbers
) as
    list_reduce(
        counts,
        lambda first, second: list_reduce(
            generate_series(1, cast(floor(1.5e0 * log2(least(first, second))) as bigint) + 2),
            lambda pair, step: case when pair[2] > 0 then [pair[2], pair[1] % pair[2]] else pair end,
            [first, second]
        )[1]
    )
