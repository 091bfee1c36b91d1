-- Symbols of the elements of a formula, in any order, some of them twice.
create macro _symbols(
    formula                                                -- text of a formula
) as
    list_transform(
        [formula],
        lambda text: case
            when _is_plain(text) then regexp_extract_all(text, '[A-Z][a-z]?')
            else list_transform(parse_formula(text), lambda term: term.element)
        end
    )[1]
