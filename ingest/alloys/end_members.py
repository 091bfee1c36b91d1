"""End members of an alloy: pure elements, or the lattice with one species on each sublattice."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import ParentLattice


@dataclass(frozen=True)
class EndMember:
    """The parent lattice with one species on each sublattice.

    `species` has that of each sublattice, `atoms` how many of each element a primitive cell has.
    """

    species: tuple[str, ...]
    atoms: Mapping[str, int]
    is_element: bool

    @property
    def formula(self) -> str:
        """Its atoms, such as LiNiO2, or the element."""
        if self.is_element:
            return next(iter(self.atoms))
        from ase.formula import Formula

        return f"{Formula.from_dict(dict(self.atoms)).reduce()[0]:metal}"

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"pure {self.formula}" if self.is_element else self.formula

    @property
    def condition(self) -> pl.Expr:
        """Whether a structure has its composition."""
        symbols, n_atoms = pl.col("symbols").list, sum(self.atoms.values())
        return pl.all_horizontal(
            symbols.count_matches(element) * n_atoms == n * symbols.len()
            for element, n in self.atoms.items()
        )


def list_end_members(alloy: Alloy, parent: ParentLattice) -> list[EndMember]:
    """The end members of `alloy` in order, but for a lattice without any atom."""
    members = []
    for species in alloy.end_members:
        held = Counter(species[number] for number in parent.sublattices)
        del held[VACANCY]
        if held:
            members.append(EndMember(species, dict(sorted(held.items())), alloy.is_plain))
    return members
