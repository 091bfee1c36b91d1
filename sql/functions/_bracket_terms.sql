-- Elements and amounts of a formula in which `_is_bracketed`; read from its end, so that what a
-- bracket counts is known before its contents.
create macro _bracket_terms(
    formula                                                -- text of a formula without points
) as
    list_reduce(
        list_reverse(
            regexp_extract_all(
                formula,
                '[A-Z][a-z]?|[\]()\[{}⟨⟩]|(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:e-?[0-9]+)?(?:÷[0-9]+)?'
            )
        ),
        lambda state, word: {
            'number': case
                when regexp_matches(word, '÷')
                    then cast(split_part(word, '÷', 1) as double) / cast(split_part(word, '÷', 2) as double)
                when regexp_matches(word, '^[0-9.]') then cast(word as double)
                else 1e0
            end,
            'factors': case
                when word in (')', ']', '}', '⟩') then list_append(state.factors, state.number * state.factors[-1])
                when word in ('(', '[', '{', '⟨') then array_pop_back(state.factors)
                else state.factors
            end,
            'terms': case
                when regexp_matches(word, '^[A-Z]')
                    then list_append(
                        state.terms,
                        {
                            'element': case when word in ('D', 'T') then 'H' else word end,
                            'amount': state.number * state.factors[-1]
                        }
                    )
                else state.terms
            end
        },
        {'number': 1e0, 'factors': [1e0], 'terms': cast([] as struct(element varchar, amount double)[])}
    ).terms
