"""Which supercell of a parent lattice a relaxed cell is, however the cell is written.

A crystal can be written in any orientation, with any of its cells and any origin. The cell is
reduced first (Niggli), so that its vectors are short. Integer vectors of the parent as long as
they are, and at like angles, make the candidates: all that a strain up to a tolerance allows,
less those that a rotation of the parent makes equal. Each is judged by the strain and by how far
the atoms, whatever their elements, are from the sites. No candidate that is strained by more than
the best one's whole misfit can be better, so the search ends early for what fits, and it is
bounded for what does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.crystals.candidates import find_candidates, spacing
from warehouse.crystals.large_cells import BoolArray, find_framework, find_large_supercell
from warehouse.crystals.symmetry import find_symmetry_operations

TOLERANCES = (0.06, 0.12, 0.27)
"""Largest strains searched for, one after the other; the last is that from fcc to bcc (Bain)."""
SEARCHED_SITES = 62
"""Most sites of a supercell that all supercells of its size are searched for."""
DOUBTFUL = 0.15
"""A misfit above is one that another number of sites, or another lattice, may explain better."""
FLATTEST = 3.0
"""A reduced cell fills a third of the box of its vectors' lengths, or it is a degenerate one."""
MOST_CANDIDATES = 20_000
"""Candidates of one tolerance that are judged, those of least strain first."""
CHUNK = 64
"""Candidates judged at once."""
ANCHORS = 3
"""Atoms that are put on a site to find the origin; one alone may have moved far."""


@dataclass(frozen=True)
class Fit:
    """A supercell of the parent: rows (3, 3) in primitive vectors, for the cell as it came.

    `strain` is the norm of the change of shape, `offset` (3,) where the lattice begins, in
    primitive vectors, `displacement` the mean distance of atoms from their nearest sites in
    nearest-neighbour distances.
    """

    supercell: IntArray
    strain: float
    offset: FloatArray
    displacement: float

    @property
    def misfit(self) -> float:
        """What candidates are compared by."""
        return self.strain + self.displacement


def find_supercell(
    cell: FloatArray,
    fractions: FloatArray,
    parent: ParentLattice,
    n_cells: int,
    *,
    only_near: bool = False,
    allowed: BoolArray | None = None,
) -> Fit | None:
    """The supercell of `n_cells` primitive cells that a right-handed `cell` (3, 3) is most like.

    `fractions` (n_atoms, 3) of its vectors are the atoms' positions; `allowed` (n_atoms, n_basis)
    tells which sites of the primitive cell each may be on, by default all. None if no supercell is
    within the tolerance; `only_near` leaves the largest tolerance out. Cells of more than 62 atoms
    are not searched through: see `large_cells`.
    """
    if len(fractions) > SEARCHED_SITES:
        return _fit_large(cell, fractions, parent, n_cells, allowed)
    to_reduced = _reduce(cell)
    reduced = to_reduced @ cell
    sizes = np.linalg.norm(reduced, axis=1)
    if sizes.prod() > FLATTEST * abs(np.linalg.det(reduced)):
        return None
    volume = n_cells * abs(np.linalg.det(parent.cell))
    reduced = reduced * np.cbrt(volume / abs(np.linalg.det(reduced)))
    inside = fractions @ np.linalg.inv(to_reduced)
    best: Fit | None = None
    for tolerance in TOLERANCES[:-1] if only_near else TOLERANCES:
        candidates = find_candidates(reduced, parent, n_cells, tolerance)
        best = _judge(candidates, reduced, inside, parent, best, allowed)
        if best is not None and best.misfit < tolerance:
            break
    if best is None:
        return None
    turned, offset = _turn_back(best, reduced, parent)
    supercell = np.rint(np.linalg.inv(to_reduced) @ turned).astype(np.int64)
    return Fit(supercell, best.strain, offset, best.displacement)


def _fit_large(
    cell: FloatArray,
    fractions: FloatArray,
    parent: ParentLattice,
    n_cells: int,
    allowed: BoolArray | None,
) -> Fit | None:
    is_framework = np.ones(len(fractions), dtype=bool)
    framework = parent
    if allowed is not None:
        framework, is_framework = find_framework(parent, n_cells, allowed)
    supercell = find_large_supercell(cell, fractions[is_framework], framework, n_cells)
    if supercell is None:
        return None
    candidates: IntArray = supercell[None]
    if allowed is not None:  # Some sites alone may have more symmetry than all of them.
        rotations = np.unique(find_symmetry_operations(framework).rotations, axis=0)
        candidates = supercell @ rotations[np.linalg.det(rotations) > 0]
    ideal = supercell @ parent.cell
    scaled = cell * np.cbrt(np.linalg.det(ideal) / np.linalg.det(cell))
    return _judge(candidates, scaled, fractions, parent, None, allowed)


def _reduce(cell: FloatArray) -> IntArray:
    """Integers (3, 3) that make a cell of short vectors out of `cell`, the shortest first."""
    import spglib

    reduced = spglib.niggli_reduce(cell, eps=1e-5)
    if reduced is None:
        reduced = spglib.delaunay_reduce(cell, eps=1e-5)
    if reduced is None:
        return np.eye(3, dtype=np.int64)
    steps: IntArray = np.rint(np.asarray(reduced) @ np.linalg.inv(cell)).astype(np.int64)
    steps = steps[np.argsort(np.linalg.norm(steps @ cell, axis=1), kind="stable")]
    return steps * round(float(np.linalg.det(steps)))


def _judge(
    candidates: IntArray,
    cell: FloatArray,
    fractions: FloatArray,
    parent: ParentLattice,
    best: Fit | None,
    allowed: BoolArray | None,
) -> Fit | None:
    """The best of `candidates` and the `best` so far; those of least strain come first."""
    strains = _shape_strains(candidates @ parent.cell, cell)
    order = np.argsort(strains, kind="stable")[:MOST_CANDIDATES]
    for chosen in _chunks(order):
        if best is not None and strains[chosen[0]] >= best.misfit:
            break
        displacements, offsets = _measure(candidates[chosen], fractions, parent, allowed)
        misfits = strains[chosen] + displacements
        # Rounding must not decide between candidates that are mirror images of each other.
        least = int(np.argmin(misfits.round(9)))
        if best is None or misfits[least] < best.misfit - 1e-9:
            index = chosen[least]
            best = Fit(
                candidates[index],
                float(strains[index]),
                offsets[least],
                float(displacements[least]),
            )
    return best


def _chunks(order: IntArray) -> Iterator[IntArray]:
    for start in range(0, len(order), CHUNK):
        yield order[start : start + CHUNK]


def _shape_strains(ideals: FloatArray, cell: FloatArray) -> FloatArray:
    """Norms (n,) of the Biot strains that take the cells `ideals` (n, 3, 3) to `cell`'s shape.

    Both have one volume: what is left is the change of shape.
    """
    deformations = np.linalg.solve(ideals, np.broadcast_to(cell, ideals.shape))
    squares = np.linalg.eigvalsh(deformations @ deformations.transpose(0, 2, 1))
    stretches = np.sqrt(np.maximum(squares, 0))
    strains: FloatArray = np.linalg.norm(stretches - 1, axis=1)
    return strains


def _measure(
    candidates: IntArray,
    fractions: FloatArray,
    parent: ParentLattice,
    allowed: BoolArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Mean distance (n,) of atoms from sites on each candidate, and the best offsets (n, 3)."""
    places = fractions @ candidates
    anchors = places[:, :ANCHORS, None] - parent.basis
    offsets = anchors.reshape(len(places), -1, 3)
    distances = np.empty(offsets.shape[:2])
    for number in range(offsets.shape[1]):
        for _ in range(2):  # Once for the anchor, once with its own displacement removed.
            steps = _to_nearest(places - offsets[:, None, number], parent, allowed)
            offsets[:, number] += steps.mean(axis=1)
        steps = _to_nearest(places - offsets[:, None, number], parent, allowed)
        distances[:, number] = np.linalg.norm(steps @ parent.cell, axis=2).mean(axis=1)
    rows, least = np.arange(len(places)), distances.round(9).argmin(axis=1)
    return distances[rows, least] / spacing(parent), offsets[rows, least]


def _to_nearest(places: FloatArray, parent: ParentLattice, allowed: BoolArray | None) -> FloatArray:
    """Steps (..., n_atoms, 3) from about the nearest allowed site to each of `places`.

    In primitive vectors.
    """
    steps = places[..., None, :] - parent.basis
    steps -= np.rint(steps)
    if len(parent.basis) == 1:
        return steps[..., 0, :]
    lengths = np.linalg.norm(steps @ parent.cell, axis=-1)
    if allowed is not None:
        lengths = np.where(allowed, lengths, np.inf)
    return np.take_along_axis(steps, lengths.argmin(axis=-1)[..., None, None], axis=-2)[..., 0, :]


def _turn_back(fit: Fit, cell: FloatArray, parent: ParentLattice) -> tuple[IntArray, FloatArray]:
    """Of the supercells that rotations make equal, the one that `cell` is least turned from.

    A cell that comes as the parent is oriented so keeps its own setting. Its offset is with it.
    """
    best, offset, least = fit.supercell, fit.offset, np.inf
    operations = find_symmetry_operations(parent)
    for rotation, images in zip(operations.rotations, operations.images, strict=True):
        if np.linalg.det(rotation) < 0:
            continue
        turned = fit.supercell @ rotation
        distance = round(float(np.linalg.norm(turned @ parent.cell - cell)), 9)
        if distance < least:
            # The operation takes site 0 to a site of the lattice: so the origin moves with it.
            moved = parent.basis[images[0, 0]] + images[0, 1:] - parent.basis[0] @ rotation
            best, least = turned, distance
            offset = fit.offset @ rotation - moved
    return best, offset
