-- A composition without amounts near 0, which count as absent, as in pymatgen; NULL if nothing is
-- left, a symbol is of no element or an amount is too large.
create macro _refuse(
    composition                                            -- list of (element, amount)
) as
    list_transform(
        [list_filter(composition, lambda term: term.amount >= 1e-8)],
        lambda known: case
            when
                array_length(known) > 0
                and array_length(
                    list_filter(known, lambda term: not _is_plain(term.element) or term.amount > 1.7e308)
                ) = 0
                then known
        end
    )[1]
