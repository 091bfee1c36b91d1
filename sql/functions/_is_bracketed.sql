-- Whether a text as `_write_brackets` gives it is a formula: brackets match and are not empty, and
-- each number follows a symbol or a bracket's end. Symbols may be of no element.
create macro _is_bracketed(
    formula                                                -- text of a formula without points
) as
    list_transform(
        [
            -- E stands for any symbol, n for any number.
            regexp_replace(
                regexp_replace(
                    regexp_replace(formula, '[A-Z][a-z]?', 'E', 'g'),
                    '(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:e-?[0-9]+)?(?:÷[0-9]+)?', 'n', 'g'
                ),
                '[ \t\n\r\f\v]', '', 'g'
            )
        ],
        lambda shape:
        regexp_matches(shape, '^[\]()\[{}⟨⟩En]+$')
        and not regexp_matches(shape, '(?:^|[(\[{⟨n])n|[(\[{⟨][\])}⟩]')
        and list_reduce(
            generate_series(1, length(shape)),
            lambda inside, step: regexp_replace(inside, '\(\)|\[\]|\{\}|⟨⟩', '', 'g'),
            regexp_replace(shape, '[En]', '', 'g')
        ) = ''
    )[1]
