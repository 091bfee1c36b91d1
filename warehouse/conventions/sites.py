"""The sites of a supercell: their numbers, their positions, and which element sits on each.

The conventions of the whole project are set here and in `lattices.py`, once. Here:

- the sites of a supercell are numbered by basis atom, then by folded offset;
- an occupation is an integer: BIT i IS 1 WHERE THE SECOND ELEMENT IN ALPHABETICAL ORDER
  (`Alloy.second`) SITS ON SITE i, so its spin there is -1 and the first element's spin is +1.
"""

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.tables import MAX_SITES


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


def encode_occupation(site_numbers: IntArray, is_second: NDArray[np.bool_]) -> int:
    """Occupation of a supercell: bit i is 1 where the second element sits on site i.

    `site_numbers` (n_sites,) is a permutation of 0 to n_sites - 1. Raises ValueError if it
    is not, or if there are more than 62 sites.
    """
    n_sites = len(site_numbers)
    if n_sites > MAX_SITES:
        raise ValueError(f"{n_sites} sites, and an occupation holds at most {MAX_SITES}")
    if sorted(site_numbers.tolist()) != list(range(n_sites)):
        raise ValueError(f"the atoms do not fill the {n_sites} sites of the supercell once each")
    return int((np.int64(1) << site_numbers[is_second]).sum())


def decode_occupation(occupation: int, n_sites: int) -> NDArray[np.bool_]:
    """Whether the second element sits on each site (n_sites,) of a supercell."""
    is_second: NDArray[np.bool_] = (occupation >> np.arange(n_sites)) & 1 == 1
    return is_second
