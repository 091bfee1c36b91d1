"""Names of alloys."""


def normalise_alloy(text: str) -> str:
    """The name of an alloy as the tables have it: au-cu for Cu-Au, Au-Cu or cu-au."""
    return "-".join(sorted(part.strip().lower() for part in text.split("-")))


def alloy_elements(alloy: str) -> tuple[str, str]:
    """The two elements of an alloy in alphabetical order: ("Au", "Cu") for au-cu."""
    first, second = sorted(name.capitalize() for name in alloy.split("-"))
    return first, second


def display_alloy(alloy: str) -> str:
    """Au–Cu for au-cu."""
    return "–".join(element.capitalize() for element in alloy.split("-"))
