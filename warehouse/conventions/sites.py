"""The sites of a supercell: their numbers, their positions, and which element sits on each.

The conventions of the whole project are set here and in `lattices.py`, once. Here:

- the sites of a supercell are numbered by basis atom, then by folded offset;
- an occupation is an integer: BIT i IS 1 WHERE THE SECOND ELEMENT IN ALPHABETICAL ORDER
  (`Alloy.second`) SITS ON SITE i, so its spin there is -1 and the first element's spin is +1;
- where more than two species may sit on a site, it has a bit for each but the first, one after
  the other, of which at most one is 1. The rest is as for two: a spin per bit.
"""

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.tables import OCCUPATION_BITS


def lattice_points(hnf: IntArray) -> IntArray:
    """Offsets (n_cells, 3) of the primitive cells in a supercell, in the order of its sites."""
    n1, n2, n3 = np.diag(hnf).tolist()
    return np.indices((n1, n2, n3), dtype=np.int64).reshape(3, -1).T


def supercell_sites(parent: ParentLattice, hnf: IntArray) -> IntArray:
    """Every site (n_sites, 4) of a supercell, in the order of their numbers."""
    points, n_basis = lattice_points(hnf), len(parent.basis)
    basis_index = np.repeat(np.arange(n_basis), len(points))
    return np.column_stack([basis_index, np.tile(points, (n_basis, 1))])


def site_positions(parent: ParentLattice, hnf: IntArray) -> FloatArray:
    """Cartesian positions (n_sites, 3), in units of a, of a supercell's sites by number."""
    return parent.positions(supercell_sites(parent, hnf))


def site_indices(hnf: IntArray, sites: IntArray) -> IntArray:
    """Numbers (...,) in a supercell of `sites` (..., 4), folded back into it."""
    basis_index, offsets = sites[..., 0], np.array(sites[..., 1:])
    for axis in (2, 1, 0):
        offsets -= (offsets[..., axis] // hnf[axis, axis])[..., None] * hnf[axis]
    number: IntArray = basis_index
    for axis in range(3):
        number = number * hnf[axis, axis] + offsets[..., axis]
    return number


def first_bits(parent: ParentLattice, hnf: IntArray) -> IntArray:
    """Number (n_sites + 1,) of the first bit of each site of a supercell, and of all bits last.

    A site of m species has m - 1 bits, one for each species but the first; an inert one has none.
    """
    n_cells = int(np.prod(np.diag(hnf)))
    n_bits = np.repeat(np.array(parent.n_species) - 1, n_cells)
    return np.concatenate([[0], np.cumsum(n_bits)])


def occupied_bits(parent: ParentLattice, hnf: IntArray, site_species: IntArray) -> IntArray:
    """Bits (n,) that are 1, ascending, where `site_species` (n_sites,) sit on a supercell's sites.

    Species count from 0 in alphabetical order of those that may sit there. Raises ValueError if a
    site has one that may not.
    """
    allowed = np.repeat(np.array(parent.n_species), int(np.prod(np.diag(hnf))))
    if len(site_species) != len(allowed):
        raise ValueError(f"{len(site_species)} species for {len(allowed)} sites")
    if ((site_species < 0) | (site_species >= allowed)).any():
        raise ValueError("a site has a species that may not sit there")
    bits: IntArray = (first_bits(parent, hnf)[:-1] + site_species - 1)[site_species > 0]
    return bits


def place_species(site_numbers: IntArray, species: IntArray) -> IntArray:
    """Species (n_sites,) on the sites of a supercell, of atoms that sit on `site_numbers`.

    `site_numbers` (n_sites,) is a permutation of 0 to n_sites - 1; raises ValueError if not.
    """
    n_sites = len(site_numbers)
    if sorted(site_numbers.tolist()) != list(range(n_sites)):
        raise ValueError(f"the atoms do not fill the {n_sites} sites of the supercell once each")
    placed = np.empty(n_sites, dtype=np.int64)
    placed[site_numbers] = species
    return placed


def encode_bits(bits: IntArray) -> int | None:
    """The occupation with these bits (n,), as the tables hold it; None if it needs more than 62."""
    if len(bits) and bits.max() >= OCCUPATION_BITS:
        return None
    return int((np.int64(1) << bits).sum())


def decode_occupation(occupation: int, n_sites: int) -> NDArray[np.bool_]:
    """Whether the second of two species sits on each site (n_sites,) of a supercell."""
    bits = bin(occupation)[:1:-1].ljust(n_sites, "0")
    is_second: NDArray[np.bool_] = np.array(list(bits[:n_sites])) == "1"
    return is_second


def decode_species(parent: ParentLattice, hnf: IntArray, occupation: int) -> IntArray:
    """Species (n_sites,), counted from 0, on the sites of a supercell with this occupation."""
    first = first_bits(parent, hnf)
    bits = np.append(decode_occupation(occupation, first[-1]), np.False_)
    species = np.zeros(len(first) - 1, dtype=np.int64)
    for number in range(max(parent.n_species) - 1):
        has_bit = first[:-1] + number < first[1:]
        species[has_bit & bits[np.where(has_bit, first[:-1] + number, -1)]] = number + 1
    return species
