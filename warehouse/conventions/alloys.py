"""An alloy: its elements, what tables call it, and what readers see."""

import re
from dataclasses import dataclass
from typing import Self

from warehouse.conventions.elements import ELEMENTS
from warehouse.errors import WarehouseError


@dataclass(frozen=True)
class Alloy:
    """Two or more elements on one lattice, kept in alphabetical order however they come.

    This order is the project's: an occupation counts the elements from 0 in it, so that in a
    binary alloy bit 0 is the first element and bit 1 the second, whose share is the concentration.
    Raises WarehouseError for fewer than two elements, one twice, or a symbol that is none.
    """

    elements: tuple[str, ...]

    def __post_init__(self) -> None:
        """Put the elements in order."""
        elements = sorted(symbol.strip().capitalize() for symbol in self.elements)
        if unknown := [symbol or "nothing" for symbol in elements if symbol not in ELEMENTS]:
            problem = f"{', '.join(unknown)} is no chemical element"
        elif len(elements) < 2:
            problem = "an alloy has two elements or more"
        elif twice := [symbol for symbol in elements if elements.count(symbol) > 1]:
            problem = f"{twice[0]} twice"
        else:
            object.__setattr__(self, "elements", tuple(elements))
            return
        raise WarehouseError(
            f"{'-'.join(self.elements)!r} is no alloy: {problem}",
            hint="name its elements, in any order, like Au-Cu or Au,Cu",
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The alloy in a text such as au-cu, Cu-Au or Cu,Au."""
        return cls(tuple(re.split("[-,]", text)))

    @property
    def name(self) -> str:
        """What the tables keep: au-cu."""
        return "-".join(self.elements).lower()

    @property
    def label(self) -> str:
        """What titles and captions say: Au–Cu."""
        return "–".join(self.elements)

    @property
    def second(self) -> str:
        """The element of bit 1, whose share is on the x axis."""
        return self.elements[1]

    def __str__(self) -> str:
        """Its name, so that it can stand in SQL and in messages."""
        return self.name
