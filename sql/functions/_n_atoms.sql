-- Sum of the amounts of a composition or of terms.
create macro _n_atoms(
    composition                                            -- list of (element, amount)
) as
    list_reduce(
        list_transform(composition, lambda term: term.amount),
        lambda total, amount: total + amount,
        0e0
    )
