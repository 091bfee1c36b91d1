-- Formula without names: amounts of the reduced formula from the smallest on, the elements as A, B, C
-- and so on; NULL if the text is no formula.
-- Example: anonymous_formula('CaTiO3')
create macro anonymous_formula(
    formula                                                -- text of a formula
) as
    list_transform(
        [
            list_sort(
                _reduced_counts(list_transform(parse_formula(formula), lambda term: term.amount))
            )
        ],
        lambda counts: array_to_string(
            list_transform(
                counts,
                lambda n, place: substring('ABCDEFGHIJKLMNOPQRSTUVWXYZ', place, 1)
                || case when n > 1 then cast(n as varchar) else '' end
            ),
            ''
        )
    )[1]
