-- Reduced formula, as in the column `reduced_formula`: smallest whole amounts, elements in
-- alphabetical order; amounts that never end, such as 1/3, are cut at the eighth decimal place. NULL
-- if the text is no formula.
-- Example: reduced_formula('Cu2Au6')
create macro reduced_formula(
    formula                                                -- text of a formula
) as
    list_transform(
        [parse_formula(formula)],
        lambda composition: list_transform(
            [_reduced_counts(list_transform(composition, lambda term: term.amount))],
            lambda counts: array_to_string(
                list_transform(
                    composition,
                    lambda term, place: term.element
                    || case when counts[place] > 1 then cast(counts[place] as varchar) else '' end
                ),
                ''
            )
        )[1]
    )[1]
