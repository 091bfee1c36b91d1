"""An alloy: which species sit on which sublattice, what tables call it, and what readers see."""

import re
from dataclasses import dataclass
from itertools import chain
from typing import Self

from warehouse.conventions.elements import ELEMENTS
from warehouse.errors import WarehouseError

VACANCY = "X"
"""The species of a site without an atom, as in ASE and icet."""
VACANCY_NAMES = ("Va", "Vac", "Vacancy", "□")
"""What else users call it, as CASM and Thermo-Calc do."""


@dataclass(frozen=True)
class Alloy:
    """The species that may sit on each sublattice of a parent lattice, in order however they come.

    On a sublattice a vacancy comes first and elements follow in alphabetical order; sublattices
    with several species come first, then inert ones, by their names. This order is the project's:
    an occupation counts the species of a site from 0 in it, so that of two elements on one
    sublattice bit 0 is the first and bit 1 the second, whose share is the concentration.
    Raises WarehouseError for no sublattice with two species, one twice, a symbol that is none, an
    element on two sublattices with several species, or end members whose atoms are alike.
    """

    sublattices: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        """Put the species and the sublattices in order."""
        sublattices = sorted(
            (_in_order(species) for species in self.sublattices),
            key=lambda one: (len(one) < 2, one),
        )
        species = [symbol or "nothing" for symbol in chain(*sublattices)]
        twice = [symbol for one in sublattices for symbol in one if one.count(symbol) > 1]
        if unknown := [symbol for symbol in species if symbol not in {*ELEMENTS, VACANCY}]:
            problem = f"{', '.join(unknown)} is no chemical element"
        elif twice:
            problem = f"{twice[0]} twice"
        elif not self._is_active(sublattices):
            problem = "an alloy has two elements or more"
        elif len(set(sublattices)) < len(sublattices):
            problem = "two of its sublattices have the same species, and are one"
        elif (VACANCY,) in sublattices:
            problem = "a sublattice of vacancies alone is none"
        else:
            object.__setattr__(self, "sublattices", tuple(sublattices))
            self._refuse_untold_exchanges()
            return
        raise WarehouseError(
            f"{'_'.join('-'.join(one) for one in self.sublattices)!r} is no alloy: {problem}",
            hint="name its elements, in any order, like Au-Cu or Au,Cu; with sublattices and "
            "vacancies like X-Li_Ni_O",
        )

    def _refuse_untold_exchanges(self) -> None:
        """Refuse what atoms alone do not tell: how many of an element are on which sublattice."""
        active = [one for one in self.sublattices if len(one) > 1]
        for element in self.elements:
            held = ["-".join(one) for one in active if element in one]
            if len(held) > 1:
                raise WarehouseError(
                    f"{self.name!r} is no alloy: {element} may be on two sublattices with several "
                    f"species, {' and '.join(held[:2])}; exchanging atoms between them changes no "
                    "composition, and energies above the hull would leave it out",
                    hint="make them one sublattice with one list if their sites are to be alike, "
                    f"or keep {element} on one of them",
                )
        of_atoms = [{*member} - {VACANCY} for member in self.end_members]
        # Members of two elements have other ratios of them: each species is active only once.
        alike = [one for one in of_atoms if len(one) == 1 and of_atoms.count(one) > 1]
        if alike:
            (element,) = alike[0]
            raise WarehouseError(
                f"{self.name!r} is no alloy: two of its end members are of {element} alone, and "
                "their atoms do not tell which is which",
                hint=f"make the sites of {element} one sublattice with one list",
            )

    @staticmethod
    def _is_active(sublattices: list[tuple[str, ...]]) -> bool:
        return bool(sublattices) and len(sublattices[0]) > 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """The alloy in a text such as au-cu, Cu-Au or Cu,Au; sublattices as in X-Li_Ni_O."""
        return cls(tuple(tuple(re.split("[-,]", one)) for one in text.split("_")))

    @property
    def name(self) -> str:
        """What the tables keep: au-cu, or x-li_ni_o of lithium and vacancies beside Ni and O."""
        return "_".join("-".join(one) for one in self.sublattices).lower()

    @property
    def label(self) -> str:
        """What titles and captions say: Au–Cu, or (vacancy, Li)–Ni–O."""
        if self.is_plain:
            return "–".join(self.elements)
        shown = [", ".join(one).replace(f"{VACANCY},", "vacancy,") for one in self.sublattices]
        return "–".join(f"({one})" if ", " in one else one for one in shown)

    @property
    def elements(self) -> tuple[str, ...]:
        """Its chemical elements in alphabetical order."""
        return tuple(sorted({*chain(*self.sublattices)} - {VACANCY}))

    @property
    def is_plain(self) -> bool:
        """Whether it has one sublattice without vacancies: then its end members are elements."""
        return len(self.sublattices) == 1 and not self.has_vacancies

    @property
    def has_vacancies(self) -> bool:
        """Whether a site may be without an atom."""
        return VACANCY in chain(*self.sublattices)

    @property
    def end_members(self) -> tuple[tuple[str, ...], ...]:
        """The species on each sublattice in the structures that energies refer to.

        The first has the first species on every sublattice, and each other one another species on
        one of these. Every composition is a sum of theirs with shares that add up to 1.
        """
        first = tuple(one[0] for one in self.sublattices)
        others = (
            (*first[:place], species, *first[place + 1 :])
            for place, one in enumerate(self.sublattices)
            for species in one[1:]
        )
        return (first, *others)

    @property
    def second(self) -> str:
        """The species of bit 1, whose share of the sites of its sublattice is on the x axis."""
        return self.sublattices[0][1]

    @property
    def has_one_share(self) -> bool:
        """Whether the share of `second` tells the composition: all else on sublattices is inert."""
        return len(self.end_members) == 2

    @property
    def site(self) -> str:
        """What energies are per: atom, or site if some may be vacant."""
        return "site" if self.has_vacancies else "atom"

    def __str__(self) -> str:
        """Its name, so that it can stand in SQL and in messages."""
        return self.name


def _in_order(species: tuple[str, ...]) -> tuple[str, ...]:
    symbols = map(read_species, species)
    return tuple(sorted(symbols, key=lambda symbol: (symbol != VACANCY, symbol)))


def read_species(text: str) -> str:
    """A species as the tables have it, from an element or a name of a vacancy in any case."""
    symbol = text.strip().capitalize()
    return VACANCY if symbol in VACANCY_NAMES else symbol
