"""How well a structure fits the lattice it was mapped on: what is flagged, what is refused.

A mapping always finds some sites. It means something while the atoms are nearer to their own
sites than to others and the cell nearer to the parent's than to another lattice's: a bcc cell is
an fcc cell with a strain of 0.27 (Bain), and hcp and bcc differ by a strain of 0.13 and small
shifts of the atoms (Burgers). So a structure with a large misfit is also mapped on the other
common lattices, and what fits one of those far better has no place on this one.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ingest.alloys.parents import PARENTS
from warehouse.conventions.lattices import ParentLattice

if TYPE_CHECKING:
    from ase import Atoms
    from icet.tools import StructureMapping

LARGE_STRAIN = 0.1
"""Strains above are flagged: the cell's shape is well off the parent's. No unit."""
TOO_LARGE_STRAIN = 0.25
"""Strains above are refused: nearly all of the way from fcc to bcc, 0.27. No unit."""
LARGE_DISPLACEMENT = 0.25
"""Displacements above are flagged; in nearest-neighbour distances."""
TOO_LARGE_DISPLACEMENT = 0.5
"""Displacements above are refused: the atom may be nearer to another site; likewise."""
MUCH_BETTER = 0.25
"""Another lattice fits so much better, by its misfit, that the structure belongs there."""

AMBIGUOUS = "possible_ambiguity_in_mapping"
"""icet's word for an atom that has two sites almost equally near, or not the nearest one."""


def judge_misfit(
    atoms: "Atoms", mapping: "StructureMapping", parent: ParentLattice, lattice_parameter: float
) -> list[str]:
    """Flags of a structure that icet mapped on `parent` with the `lattice_parameter` in Å.

    Raises ValueError if the structure is of another lattice.
    """
    spacing = lattice_parameter * nearest_neighbour_distance(parent)
    strain, displacement = mapping.eigenstrain_norm, mapping.drmax / spacing
    if strain > TOO_LARGE_STRAIN:
        raise ValueError(
            f"another lattice: its strain from {parent.name} is above {TOO_LARGE_STRAIN}"
        )
    if displacement > TOO_LARGE_DISPLACEMENT:
        raise ValueError(
            f"another lattice: an atom is more than half of the nearest-neighbour distance "
            f"from its site on {parent.name}"
        )
    flags = {
        "large_strain": strain > LARGE_STRAIN,
        "large_displacement": displacement > LARGE_DISPLACEMENT,
        "ambiguous_sites": AMBIGUOUS in mapping.warnings,
    }
    if any(flags.values()) and parent.name in PARENTS:
        own = strain + displacement
        name, misfit = min(_other_misfits(atoms, parent), key=lambda other: other[1])
        if misfit < MUCH_BETTER * own:
            raise ValueError(f"another lattice: it fits {name} far better than {parent.name}")
        flags[f"closer_to_{name}"] = misfit < own
    return [flag for flag, is_raised in flags.items() if is_raised]


@cache
def nearest_neighbour_distance(parent: ParentLattice) -> float:
    """Shortest distance between two sites, in units of a."""
    from ase.neighborlist import neighbor_list

    reach = 1.2 / parent.lattice_parameter(1.0)  # No lattice has wider spacing than fcc: 2^(1/6).
    return float(neighbor_list("d", parent.atoms(), reach).min())


def _other_misfits(atoms: "Atoms", parent: ParentLattice) -> list[tuple[str, float]]:
    """Strain plus displacement in nearest-neighbour distances on each other common lattice."""
    from icet.tools import map_structure_to_reference

    misfits = []
    for other in PARENTS.values():
        if other == parent:
            continue
        a = other.lattice_parameter(abs(atoms.get_volume()) / len(atoms))
        try:
            ideal, mapping = map_structure_to_reference(
                atoms, other.atoms(a), suppress_warnings=True, tol_cell=TOO_LARGE_STRAIN / 2
            )
        except ValueError:  # No supercell of this lattice is near the structure's cell.
            misfits.append((other.name, np.inf))
            continue
        is_full = len(ideal) == len(atoms)
        displacement = mapping.drmax / (a * nearest_neighbour_distance(other))
        misfit = mapping.eigenstrain_norm + displacement if is_full else np.inf
        misfits.append((other.name, misfit))
    return misfits
