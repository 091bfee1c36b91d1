"""The two elements of an alloy, and energies of theirs, as a user writes them."""

from collections.abc import Sequence

from warehouse.errors import WarehouseError


def parse_elements(text: str) -> tuple[str, str]:
    """The two elements in `text`, such as Cu,Au, in alphabetical order.

    Raises WarehouseError if they are not two different chemical symbols.
    """
    from ase.data import atomic_numbers

    names = [name.strip().capitalize() for name in text.split(",")]
    unknown = [name or "nothing" for name in names if name == "X" or name not in atomic_numbers]
    if unknown:
        problem = f"{', '.join(unknown)} is no chemical element"
    elif len(names) != 2:
        problem = f"{len(names)} elements, and an alloy here has two"
    elif names[0] == names[1]:
        problem = f"{names[0]} twice, and an alloy has two elements"
    else:
        first, second = sorted(names)
        return first, second
    raise WarehouseError(
        f"--species {text!r}: {problem}",
        hint="name the alloy's two elements, in any order: --species Au,Cu",
    )


def parse_references(texts: Sequence[str]) -> dict[str, float]:
    """Energies in eV per atom by element, from texts such as Au=-3.22.

    Raises WarehouseError if one is written otherwise, or an element comes twice.
    """
    references: dict[str, float] = {}
    for text in texts:
        element, _, energy = text.partition("=")
        element = element.strip().capitalize()
        try:
            value = float(energy)
        except ValueError:
            value = float("nan")
        if not -1e6 < value < 1e6 or element in references:
            raise WarehouseError(
                f"--reference {text!r} is not an energy, or the second one of {element}",
                hint="write it like --reference Au=-3.22, in eV per atom, once for each element",
            )
        references[element] = value
    return references
