"""How a column is documented."""


def doc(meaning: str, unit: str | None = None) -> dict[str, str]:
    """Metadata of a column, in the form that the views' inline comments take."""
    return {"doc": meaning if unit is None else f"{unit}: {meaning}"}
