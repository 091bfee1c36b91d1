-- The composition that a formula tells: a list of (element, amount), elements in alphabetical order.
-- Brackets, waters (CuSO4·5H2O), broken amounts and Unicode's subscripts are read; NULL if the text
-- is no formula.
-- Example: parse_formula('Ca(OH)2')
create macro parse_formula(
    formula                                                -- text of a formula
) as
    list_transform(
        [formula],
        lambda text: case
            when _is_plain(text) then _sum_terms(_plain_terms(text))
            else list_transform(
                [_write_brackets(text)],
                lambda brackets: case
                    when _is_bracketed(brackets) then _refuse(_sum_terms(_bracket_terms(brackets)))
                end
            )[1]
        end
    )[1]
