-- Terms summed by element, elements in alphabetical order, as in `raw.materials.composition`.
create macro _sum_terms(
    terms                                                  -- list of (element, amount)
) as
    list_transform(
        [{'terms': terms, 'elements': list_transform(terms, lambda term: term.element)}],
        lambda given: list_transform(
            [list_sort(list_distinct(given.elements))],
            lambda elements: case
                when elements = given.elements then given.terms
                else list_transform(
                    elements,
                    lambda symbol: {
                        'element': symbol,
                        'amount': list_reduce(
                            list_transform(
                                list_filter(given.terms, lambda term: term.element = symbol),
                                lambda term: term.amount
                            ),
                            lambda total, amount: total + amount
                        )
                    }
                )
            end
        )[1]
    )[1]
