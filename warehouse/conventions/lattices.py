"""Parent lattices and their supercells.

The conventions of the whole project are set here and in `sites.py`, once. Here:

- a site is four integers: the index of its basis atom and the offset of its primitive cell
  in primitive vectors;
- a supercell is the row-style Hermite normal form of its vectors: the lower triangular
  integer matrix whose rows, times the primitive vectors, span the supercell, with positive
  diagonal and 0 <= h[i, j] < h[j, j] below it (one matrix per lattice of supercells).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ase import Atoms

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LOWER_TRIANGLE = np.tril_indices(3)
SITE_TOLERANCE = 1e-3
"""How far an ideal position may be from a site, in primitive vectors, to allow for rounding."""


@dataclass(frozen=True, eq=False)
class ParentLattice:
    """An ideal lattice in units of its lattice parameter a: a cube's edge, or hcp's shortest.

    `cell` (3, 3) holds the primitive vectors as rows, `basis` (n_basis, 3) the primitive
    cell's atoms in fractions of these vectors. `n_species` (n_basis,) counts what may sit on each
    of these sites, by default two species; a site with one is inert. Symmetry takes sites only to
    sites of the same number in `sublattices` (n_basis,), by default all. A copy equals the
    original, in whatever process.
    """

    name: str
    cell: FloatArray
    basis: FloatArray
    n_species: tuple[int, ...] = ()
    sublattices: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Two species on each site, and one sublattice, unless it is told otherwise."""
        object.__setattr__(self, "n_species", self.n_species or (2,) * len(self.basis))
        object.__setattr__(self, "sublattices", self.sublattices or (0,) * len(self.basis))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ParentLattice)
            and self.name == other.name
            and np.array_equal(self.cell, other.cell)
            and np.array_equal(self.basis, other.basis)
            and self.n_species == other.n_species
            and self.sublattices == other.sublattices
        )

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def is_binary(self) -> bool:
        """Whether the same two species may sit on every site."""
        return set(self.n_species) == {2} and len(set(self.sublattices)) == 1

    @property
    def n_active(self) -> int:
        """How many sublattices have sites of several species."""
        pairs = zip(self.sublattices, self.n_species, strict=True)
        return len({sublattice for sublattice, n_species in pairs if n_species > 1})

    @property
    def active_edge(self) -> float:
        """Edge, in a, of a cube that has four sites of several species, as fcc's has."""
        n_active = sum(n > 1 for n in self.n_species)
        return float(np.cbrt(4 * abs(np.linalg.det(self.cell)) / n_active))

    @classmethod
    def from_row(
        cls,
        name: str,
        cell: Sequence[Sequence[float]],
        basis: Sequence[Sequence[float]],
        n_species: Sequence[int] | None = None,
        sublattices: Sequence[int] | None = None,
    ) -> "ParentLattice":
        """The lattice in a row of the table `parent_lattices`."""
        told = tuple(n_species or ()), tuple(sublattices or ())
        return cls(name, np.array(cell), np.array(basis), *told)

    def with_species(self, n_species: int) -> "ParentLattice":
        """The same sites for `n_species` species on each: fcc_3 for three on those of fcc."""
        base = self.name if self.is_binary else self.name.removesuffix(f"_{self.n_species[0]}")
        name = base if n_species == 2 else f"{base}_{n_species}"
        return replace(self, name=name, n_species=(n_species,) * len(self.basis))

    def atoms(self, lattice_parameter: float = 1.0) -> "Atoms":
        """The primitive cell as ase.Atoms, for icet; `lattice_parameter` in Å."""
        from ase import Atoms

        return Atoms(
            numbers=[1] * len(self.basis),
            cell=self.cell * lattice_parameter,
            scaled_positions=self.basis,
            pbc=True,
        )

    def lattice_parameter(self, volume_per_atom: float) -> float:
        """Lattice parameter in Å that gives `volume_per_atom` in Å³."""
        volume = volume_per_atom * len(self.basis)
        return float(np.cbrt(volume / abs(np.linalg.det(self.cell))))

    def positions(self, sites: IntArray) -> FloatArray:
        """Cartesian positions (..., 3) of `sites` (..., 4) in units of a."""
        positions: FloatArray = (self.basis[sites[..., 0]] + sites[..., 1:]) @ self.cell
        return positions

    def locate(self, positions: FloatArray) -> IntArray:
        """Sites (n, 4) at Cartesian `positions` (n, 3) in units of a.

        Raises ValueError if a position is not on the lattice.
        """
        fractions = np.asarray(positions).reshape(-1, 3) @ np.linalg.inv(self.cell)
        from_basis = fractions[:, None, :] - self.basis
        distances = np.abs(from_basis - np.rint(from_basis)).max(axis=2)
        basis_index = distances.argmin(axis=1)
        rows = np.arange(len(fractions))
        if len(fractions) and distances[rows, basis_index].max() > SITE_TOLERANCE:
            raise ValueError(f"a position is not on the {self.name} lattice")
        offsets = np.rint(from_basis[rows, basis_index]).astype(np.int64)
        return np.column_stack([basis_index.astype(np.int64), offsets])


def hermite_normal_form(matrix: NDArray[np.generic]) -> IntArray:
    """Row-style Hermite normal form of an integer (3, 3) `matrix` of supercell vectors.

    Euclid's algorithm on the rows, from the last column to the first, leaves the lattice
    that the rows span as it is (Cohen 1993, 10.1007/978-3-662-02945-9, algorithm 2.4.4).
    Raises ValueError if the vectors are not linearly independent integers.
    """
    hnf: IntArray = np.rint(np.asarray(matrix, dtype=float)).astype(np.int64)
    if not np.allclose(hnf, matrix, atol=1e-6) or round(float(np.linalg.det(hnf))) == 0:
        raise ValueError("a supercell needs three linearly independent integer vectors")
    for column in (2, 1, 0):
        for row in range(column):
            while hnf[row, column]:
                hnf[column] -= hnf[column, column] // hnf[row, column] * hnf[row]
                hnf[[row, column]] = hnf[[column, row]]
        hnf[column] *= np.sign(hnf[column, column])
    for row in (1, 2):
        for column in range(row - 1, -1, -1):
            hnf[row] -= hnf[row, column] // hnf[column, column] * hnf[column]
    return hnf


def hnf_to_entries(hnf: IntArray) -> list[int]:
    """Lower triangle h11, h21, h22, h31, h32, h33 of a Hermite normal form."""
    return [int(entry) for entry in hnf[LOWER_TRIANGLE]]


def entries_to_hnf(entries: Sequence[int]) -> IntArray:
    """Hermite normal form (3, 3) with the lower triangle `entries`."""
    hnf = np.zeros((3, 3), dtype=np.int64)
    hnf[LOWER_TRIANGLE] = entries
    return hnf


def supercell_id(parent: ParentLattice, hnf: IntArray) -> str:
    """Name of a supercell, such as fcc-1-0-2-0-0-3."""
    return "-".join([parent.name, *map(str, hnf_to_entries(hnf))])


def parse_supercell_id(name: str) -> tuple[str, IntArray]:
    """Parent lattice and Hermite normal form (3, 3) in the name of a supercell."""
    parent, *entries = name.rsplit("-", 6)
    return parent, entries_to_hnf(list(map(int, entries)))
