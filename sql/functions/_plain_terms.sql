-- Elements and amounts of a formula that `_is_plain`, in the order of its text.
create macro _plain_terms(
    formula                                                -- text of a formula
) as
    list_transform(
        [
            {
                'elements': regexp_extract_all(formula, '[A-Z][a-z]?'),
                'numbers': regexp_extract_all(formula, '[A-Z][a-z]?([0-9.]*)', 1)
            }
        ],
        lambda read: list_transform(
            read.elements,
            lambda symbol, place: {
                'element': symbol,
                'amount': case when read.numbers[place] = '' then 1e0 else cast(read.numbers[place] as double) end
            }
        )
    )[1]
