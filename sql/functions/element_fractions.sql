-- Shares of the elements among a formula's atoms: a list of (element, fraction), elements in
-- alphabetical order; NULL if it is no formula.
-- Example: element_fractions('Ca(OH)2')
create macro element_fractions(
    formula                                                -- text of a formula
) as
    list_transform(
        [parse_formula(formula)],
        lambda composition: list_transform(
            [_n_atoms(composition)],
            lambda n_atoms: list_transform(
                composition,
                lambda term: {'element': term.element, 'fraction': term.amount / n_atoms}
            )
        )[1]
    )[1]
