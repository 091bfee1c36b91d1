-- A formula in which brackets stand for points: ⟨CuSO4⟩⟨H2O⟩5 for CuSO4·5H2O. Subscripts and
-- fractions of Unicode become plain numbers; ÷ stands in a fraction.
create macro _write_brackets(
    formula                                                -- text of a formula
) as
    regexp_replace(
        regexp_replace(
            _write_points(
                _write_points(
                    -- A point parts waters from the rest, unless a 0 stands before: CuSO4.5H2O, not Na0.5H2O.
                    regexp_replace(
                        regexp_replace(
                            translate(
                                replace(replace(replace(formula, '½', '1/2'), '¼', '1/4'), '¾', '3/4'),
                                '₀₁₂₃₄₅₆₇₈₉•∙⋅・･*⁄÷⟨⟩',
                                '0123456789······/???'
                            ),
                            '[\x{200B}\x{FEFF}]', '', 'g'
                        ),
                        '^(|.*?(?:[^0]|[0-9]0))[.](\s*(?:[0-9]+(?:[.][0-9]*|/[0-9]+)?|[.][0-9]+)?\s*'
                        || '(?:[HDT]2O|[(][HDT]2O[)]|\[[HDT]2O\])\s*)$',
                        '\1·\2', 'g'
                    )
                )
            ),
            '((?:^|·)\s*(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:e-?[0-9]+)?)\s*/\s*([1-9][0-9]*)', '\1÷\2', 'g'
        ),
        '(?:^|·)\s*((?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:e-?[0-9]+)?(?:÷[0-9]+)?)?([^·]*)', '⟨\2⟩\1', 'g'
    )
