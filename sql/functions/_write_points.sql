-- A formula whose points between letters are ·, as in LiOH.H2O. Of T.T.T the second pass takes the
-- second.
create macro _write_points(
    formula                                                -- text of a formula
) as
    regexp_replace(formula, '(^|[^0-9])[.](\s*[A-Z(\[])', '\1·\2', 'g')
