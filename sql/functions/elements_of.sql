-- Elements of a formula in alphabetical order; NULL if it is none.
-- Example: elements_of('Ca(OH)2')
create macro elements_of(
    formula                                                -- text of a formula
) as
    list_sort(list_distinct(_symbols(formula)))
