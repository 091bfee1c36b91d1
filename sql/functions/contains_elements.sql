-- Whether a formula has all of some elements, and maybe others; NULL if it is no formula.
-- Example: contains_elements('Ca(OH)2', ['Ca', 'O'])
create macro contains_elements(
    formula,                                               -- text of a formula
    elements                                               -- list of symbols
) as
    list_has_all(_symbols(formula), elements)
