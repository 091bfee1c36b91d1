"""How a column is documented."""


def doc(meaning: str, unit: str | None = None, *, untold: str | None = None) -> dict[str, str]:
    """Metadata of a column, in the form that the views' inline comments take.

    `untold` is the text that rows have whose writer did not know of the column.
    """
    known = {"doc": meaning if unit is None else f"{unit}: {meaning}"}
    return known if untold is None else known | {"untold": untold}
