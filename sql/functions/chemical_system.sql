-- Chemical system of a formula, as in the column `chemsys`: its elements in alphabetical order with
-- hyphens between; NULL if it is no formula.
-- Example: chemical_system('Ca(OH)2')
create macro chemical_system(
    formula                                                -- text of a formula
) as
    array_to_string(elements_of(formula), '-')
