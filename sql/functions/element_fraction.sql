-- Share of an element among a formula's atoms, 0 to 1, 0 if it is not there; NULL if the text is no formula.
-- Example: element_fraction('Cu3Au', 'Cu')
create macro element_fraction(
    formula,                                               -- text of a formula
    element                                                -- its symbol
) as
    list_transform(
        [{'text': formula, 'symbol': element}],
        lambda given: list_transform(
            [case when _is_plain(given.text) then _plain_terms(given.text) else parse_formula(given.text) end],
            lambda terms: _n_atoms(list_filter(terms, lambda term: term.element = given.symbol)) / _n_atoms(terms)
        )[1]
    )[1]
