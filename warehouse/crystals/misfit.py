"""How well a structure fits the lattice it was mapped on: what is flagged, what is refused.

A mapping always finds some sites. It means something while the atoms are nearer to their own
sites than to others and the cell nearer to the parent's than to another lattice's: a bcc cell is
an fcc cell with a strain of 0.27 (Bain), and hcp and bcc differ by a strain of 0.13 and small
shifts of the atoms (Burgers). So a structure with a large misfit is also mapped on the other
common lattices, and what fits one of those far better has no place on this one.

There are more lattices than those: ω is bcc with no strain and shifts of a sixth of the nearest
distance. Relaxation takes symmetry away; so a crystal that, whatever its elements, has a symmetry
that its parent has not is another crystal.
"""

from collections.abc import Sequence

import numpy as np

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.crystals.candidates import spacing
from warehouse.crystals.common_lattices import PARENTS
from warehouse.crystals.site_assignment import SiteAssignment, assign_sites
from warehouse.crystals.supercell_search import DOUBTFUL, Fit, find_supercell
from warehouse.crystals.symmetry import find_symmetry_operations

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
BETTER = 0.97
"""Another lattice fits better, by its misfit, and not by how misfits are measured alone."""
SMALL_MISFIT = 0.08
"""Strain plus largest displacement below which a structure is its parent and nothing else."""
SYMMETRY_TOLERANCE = 0.03
"""How well a symmetry must be kept to count; in nearest-neighbour distances."""
MOST_ATOMS_OF_SYMMETRY = 300
"""Atoms of a cell above which its symmetry is not looked for: it would take minutes."""
MOST_MISSING = 3
"""Sites too many or atoms too many that are looked for."""


def judge_misfit(
    cell: FloatArray,
    fractions: FloatArray,
    fit: Fit,
    assignment: SiteAssignment,
    parent: ParentLattice,
    kinds: IntArray | None = None,
) -> list[str]:
    """Flags of a structure in a right-handed `cell` (3, 3) that was assigned to `parent`.

    `kinds` (n_atoms,) are the sublattices of the atoms where some sites may be vacant or
    sublattices differ: such a parent has as many sites as it takes, and no lattice of equal sites
    explains it. Raises ValueError if the structure is of another lattice, or has vacancies or atoms
    between the sites.
    """
    displacement = float(assignment.displacements.max()) / spacing(parent)
    if kinds is None and (fit.misfit > DOUBTFUL or displacement > TOO_LARGE_DISPLACEMENT):
        _refuse_other_counts(cell, fractions, parent, fit.misfit)
    if fit.strain > TOO_LARGE_STRAIN:
        raise ValueError(
            f"another lattice: its strain from {parent.name} is above {TOO_LARGE_STRAIN}"
        )
    if displacement > TOO_LARGE_DISPLACEMENT:
        raise ValueError(
            f"another lattice: an atom is more than half of the nearest-neighbour distance "
            f"from its site on {parent.name}"
        )
    own = fit.strain + displacement
    flags = {
        "large_strain": fit.strain > LARGE_STRAIN,
        "large_displacement": displacement > LARGE_DISPLACEMENT,
        "ambiguous_sites": assignment.is_ambiguous,
    }
    others = _other_lattices(parent) if kinds is None else []
    if any(flags.values()) and 0 < len(others) < len(PARENTS):
        misfits = _misfits_on(others, cell, fractions)
        name, misfit = min(misfits, key=lambda other: other[1])
        if misfit < MUCH_BETTER * own:
            raise ValueError(f"another lattice: it fits {name} far better than {parent.name}")
        flags[f"closer_to_{name}"] = misfit < BETTER * own
    if own > SMALL_MISFIT and len(fractions) <= MOST_ATOMS_OF_SYMMETRY:
        flags["other_symmetry"] = _has_other_symmetry(cell, fractions, fit, parent, kinds)
    return [flag for flag, is_raised in flags.items() if is_raised]


def explain_no_supercell(cell: FloatArray, fractions: FloatArray, parent: ParentLattice) -> str:
    """Why a structure is like no supercell of `parent` that has as many sites as it has atoms.

    Raises ValueError, as `judge_misfit`, if it has vacancies or atoms between the sites.
    """
    _refuse_other_counts(cell, fractions, parent, np.inf)
    return f"another lattice: no supercell of {parent.name} is like it"


def _refuse_other_counts(
    cell: FloatArray, fractions: FloatArray, parent: ParentLattice, own: float
) -> None:
    """Raise ValueError if more sites, or fewer, than atoms fit far better than the misfit `own`."""
    n_atoms, n_basis = len(fractions), len(parent.basis)
    most = min(MOST_MISSING, n_atoms // 3)
    steps = range(-most, most + 1)
    counts = {(n_atoms + step) // n_basis for step in steps if (n_atoms + step) % n_basis == 0}
    counts -= {n_atoms / n_basis}
    for n_cells in sorted(counts, key=lambda count: (abs(count * n_basis - n_atoms), -count)):
        fit = find_supercell(cell, fractions, parent, n_cells, only_near=True)
        if fit is None or fit.misfit > min(DOUBTFUL, 0.6 * own):
            continue
        n_sites = n_cells * n_basis
        what = "vacancies" if n_sites > n_atoms else "atoms between the sites"
        raise ValueError(f"{what}: {n_atoms} atoms on the {n_sites} sites of the supercell")


def _has_other_symmetry(
    cell: FloatArray,
    fractions: FloatArray,
    fit: Fit,
    parent: ParentLattice,
    kinds: IntArray | None,
) -> bool:
    """Whether the crystal, all atoms of a sublattice alike, has a rotation its parent has not."""
    import spglib

    n_atoms = len(fractions)
    length = np.cbrt(abs(np.linalg.det(cell) / np.linalg.det(fit.supercell @ parent.cell)))
    symprec = SYMMETRY_TOLERANCE * spacing(parent) * float(length)
    numbers = [1] * n_atoms if kinds is None else (1 + kinds).tolist()
    symmetry = spglib.get_symmetry((cell.tolist(), fractions.tolist(), numbers), symprec=symprec)
    if symmetry is None:
        return False
    rotations = np.unique(symmetry["rotations"], axis=0)
    # spglib's rotations act on columns; these act on rows of primitive vectors.
    ours = np.linalg.inv(fit.supercell) @ rotations.transpose(0, 2, 1) @ fit.supercell
    known = find_symmetry_operations(parent).rotations
    return not all(np.isclose(known, one, atol=1e-3).all(axis=(1, 2)).any() for one in ours)


def _other_lattices(parent: ParentLattice) -> list[ParentLattice]:
    """The common lattices that are not `parent`, however many species sit on its sites."""
    n_species = parent.n_species[0]
    return [other for other in PARENTS.values() if other.with_species(n_species) != parent]


def _misfits_on(
    others: Sequence[ParentLattice], cell: FloatArray, fractions: FloatArray
) -> list[tuple[str, float]]:
    """Strain plus displacement in nearest-neighbour distances on each of other lattices."""
    misfits = []
    for other in others:
        n_cells, rest = divmod(len(fractions), len(other.basis))
        fit = None if rest else find_supercell(cell, fractions, other, n_cells)
        if fit is None:
            misfits.append((other.name, np.inf))
            continue
        displacements = assign_sites(fractions, fit, other).displacements
        misfits.append((other.name, fit.strain + float(displacements.max()) / spacing(other)))
    return misfits
