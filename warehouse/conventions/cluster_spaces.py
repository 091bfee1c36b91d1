"""Names of cluster spaces: a parent lattice, and how far clusters reach on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Self

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.conventions.lattices import ParentLattice

DEFAULT_CUTOFFS = (4.0, 2.5, 1.6)
"""Longest pair, triplet and quadruplet in units of a: 15.6, 9.7 and 6.2 Å for Au-Cu. Long triplets
matter where the atoms differ in size, since they let a pair depend on its surroundings."""

MANY_SPECIES_CUTOFFS = (3.2, 1.8, 1.2)
"""Likewise where more than three species may sit on a site: 1,535 orbits of five species on fcc,
where the default has 2,263 of three."""

_NUMBER = r"\d+(?:\.\d+)?(?:e-\d+)?"
_NAME = re.compile(rf"(.+?)-({_NUMBER}(?:-{_NUMBER})*)")


def default_cutoffs(parent: "ParentLattice") -> tuple[float, ...]:
    """Cutoffs of the space on `parent` that is made unless others are asked for.

    Where sublattices differ, they are those of many species, in edges of an fcc cube that has as
    many sites of several species in a volume, and in tenths of a.
    """
    if len(set(parent.sublattices)) > 1:
        return tuple(ceil(10 * cutoff * parent.active_edge) / 10 for cutoff in MANY_SPECIES_CUTOFFS)
    return DEFAULT_CUTOFFS if max(parent.n_species) <= 3 else MANY_SPECIES_CUTOFFS


@dataclass(frozen=True)
class ClusterSpaceName:
    """A parent lattice by name, and the longest pair, triplet, ... in units of its a.

    As text it is the `cluster_space_id` of the tables: fcc-4-2.5-1.6.
    """

    parent: str
    cutoffs: tuple[float, ...] = DEFAULT_CUTOFFS

    @classmethod
    def parse(cls, text: str) -> Self:
        """The name in a `cluster_space_id`: its trailing numbers are the cutoffs.

        Raises WarehouseError if it ends in none.
        """
        found = _NAME.fullmatch(text)
        if found is None:
            raise WarehouseError(
                f"{text!r} is no cluster space",
                hint="write parent lattice and cutoffs like fcc-3.2-1.8",
            )
        parent, cutoffs = found.groups()
        return cls(parent, tuple(map(float, re.findall(_NUMBER, cutoffs))))

    def holds(self, cutoffs: Sequence[float]) -> bool:
        """Whether all clusters within `cutoffs` belong to the space."""
        return len(cutoffs) <= len(self.cutoffs) and all(
            asked <= there for asked, there in zip(cutoffs, self.cutoffs, strict=False)
        )

    def __str__(self) -> str:
        """The `cluster_space_id`."""
        return "-".join([self.parent, list_cutoffs(self.cutoffs, "-")])


def list_cutoffs(cutoffs: Sequence[float], separator: str = ",") -> str:
    """Cutoffs as users write them: 4,2.5,1.6."""
    return separator.join(f"{cutoff:g}" for cutoff in cutoffs)


def parse_cutoffs(text: str) -> list[float]:
    """Numbers above 0 of a list such as 3.2,1.8; raises WarehouseError if it is none."""
    try:
        cutoffs = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise WarehouseError(
            f"--cutoffs {text!r} is not a list of numbers", hint="write it like --cutoffs 3.2,1.8"
        ) from error
    if not all(0 < cutoff < float("inf") for cutoff in cutoffs):
        raise WarehouseError(
            f"--cutoffs {text}: wanted numbers above 0", hint="write it like --cutoffs 3.2,1.8"
        )
    return cutoffs
