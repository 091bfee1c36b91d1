"""One structure on its parent lattice: the supercell it is, and the site of each atom."""

import numpy as np

from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.crystals.misfit import explain_no_supercell
from warehouse.crystals.site_assignment import SiteAssignment, assign_sites
from warehouse.crystals.supercell_search import Fit, find_supercell


def place_structure(
    cell: FloatArray, fractions: FloatArray, parent: ParentLattice
) -> tuple[Fit, SiteAssignment]:
    """The supercell of `parent` that a structure is, and its sites; ValueError if there is none."""
    n_cells, rest = divmod(len(fractions), len(parent.basis))
    fit = None if rest else find_supercell(cell, fractions, parent, n_cells)
    if fit is None:
        raise ValueError(explain_no_supercell(cell, fractions, parent))
    return fit, assign_sites(fractions, fit, parent)


def make_right_handed(
    vectors: list[list[float]], positions: list[list[float]]
) -> tuple[FloatArray, FloatArray]:
    """A cell (3, 3) of the same crystal with a positive determinant, and fractions (n, 3) of it."""
    cell = np.array(vectors)
    if np.linalg.det(cell) < 0:
        cell[2] *= -1
    return cell, np.array(positions) @ np.linalg.inv(cell)
