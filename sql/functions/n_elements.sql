-- How many elements a formula has; NULL if it is none.
-- Example: n_elements('Ca(OH)2')
create macro n_elements(
    formula                                                -- text of a formula
) as
    array_length(list_distinct(_symbols(formula)))
