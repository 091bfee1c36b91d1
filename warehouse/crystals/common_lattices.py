"""The parent lattices that need no file: fcc, bcc and hcp."""

from collections.abc import Mapping

import numpy as np

from warehouse.conventions.lattices import ParentLattice

PARENTS: Mapping[str, ParentLattice] = {
    "fcc": ParentLattice(
        "fcc",
        cell=np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]),
        basis=np.zeros((1, 3)),
    ),
    "bcc": ParentLattice(
        "bcc",
        cell=np.array([[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]]),
        basis=np.zeros((1, 3)),
    ),
    "hcp": ParentLattice(
        "hcp",
        cell=np.array([[1.0, 0.0, 0.0], [-0.5, np.sqrt(0.75), 0.0], [0.0, 0.0, np.sqrt(8 / 3)]]),
        basis=np.array([[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]]),
    ),
}
"""The lattices that need no file; hcp has the axial ratio of touching spheres, √(8/3)."""
