-- Whether a formula has no other elements than some, though maybe not all of them: a phase of their
-- chemical system or of one within it; NULL if it is no formula.
-- Example: consists_of('Cu3Au', ['Ag', 'Au', 'Cu'])
create macro consists_of(
    formula,                                               -- text of a formula
    elements                                               -- list of symbols
) as
    list_has_all(elements, _symbols(formula))
