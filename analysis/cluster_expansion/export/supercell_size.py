"""How large a supercell must be for a model's clusters, and which clusters fit a given one."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import list_cutoffs
from warehouse.crystals.structure_files import read_structure_file

if TYPE_CHECKING:
    from icet import ClusterExpansion


def describe_supercell(expansion: "ClusterExpansion") -> str:
    """Which supercell of the primitive cell mchammer takes without a warning, in one sentence.

    icet says that a cell self-interacts if a site reaches one of another's images in two ways: if
    its shortest repeat is not above twice the longest cluster.
    """
    primitive = expansion.primitive_structure
    reach = max(expansion.get_cluster_space_copy().cutoffs)
    n = math.floor(2 * reach / _shortest_repeat(primitive.cell.array)) + 1
    return (
        f"its clusters reach {reach:.1f} Å, and mchammer warns of self-interaction in cells that "
        f"repeat within {2 * reach:.1f} Å: {n} × {n} × {n} primitive cells "
        f"({n**3 * len(primitive):,} sites) are enough; --supercell FILE offers clusters that fit "
        "a cell"
    )


def suggest_cutoffs(
    expansion: "ClusterExpansion", alloy: Alloy, lattice_parameter: float, path: Path
) -> str:
    """The cutoffs with which a model fits the supercell in a structure file, in one sentence.

    `lattice_parameter` in Å is the parent's. Raises WarehouseError if the file holds no structure.
    """
    a = lattice_parameter
    cutoffs = expansion.get_cluster_space_copy().cutoffs
    repeat = _shortest_repeat(read_structure_file(path).cell.array)
    most = math.floor(100 * repeat / (2 * a) - 1e-6) / 100
    if max(cutoffs) < repeat / 2:
        return f"{path} repeats after {repeat:.1f} Å: no cluster of the model meets itself"
    nearest = expansion.get_cluster_space_copy().orbit_list.orbits
    if most * a < min(2 * orbit.radius for orbit in nearest if orbit.order == 2):
        return f"{path} repeats after {repeat:.1f} Å: not even a pair of neighbours fits"
    shorter = [min(round(cutoff / a, 2), most) for cutoff in cutoffs]
    return (
        f"{path} repeats after {repeat:.1f} Å: clusters up to {most * a:.1f} Å fit, as in the "
        f"model of `python -m analysis cluster-expansion --alloy {alloy} --cutoffs "
        f"{list_cutoffs(shorter)}`"
    )


def _shortest_repeat(cell: object) -> float:
    """Length of the shortest lattice vector."""
    from ase.geometry import minkowski_reduce

    reduced, _ = minkowski_reduce(cell)
    return float((reduced**2).sum(axis=1).min() ** 0.5)
