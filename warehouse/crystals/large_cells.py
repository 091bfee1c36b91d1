"""Which supercell of a parent lattice a cell of many atoms is: read off around its atoms.

The search over all supercells of a size grows fast with it. In a large cell the lattice shows
around any one atom: steps to its neighbours that are about as long as the primitive vectors, and
at like angles, say how the lattice is turned and strained. A fit to ever more neighbours makes the
vectors so exact that the cell's own vectors are whole numbers of them.
"""

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice

BoolArray = NDArray[np.bool_]

STARTS = 6
"""Atoms around which the lattice is read, until one of them gives it."""
LENGTH_TOLERANCE = 0.16
"""Share by which a step may differ in length from a primitive vector."""
ANGLE_TOLERANCE = 0.2
"""How much products of two steps may differ, in those of their lengths."""
REACHES = (2.3, 3.6, 5.0)
"""Distances in which neighbours are fitted, one after the other; in cube roots of a site's volume
for the vectors of a parent, some of which are longer than that."""
MOST_TRIPLES = 20_000
WHOLE = 0.3
"""How far from whole numbers the cell's vectors may be."""


def find_large_supercell(
    cell: FloatArray, fractions: FloatArray, parent: ParentLattice, n_cells: int
) -> IntArray | None:
    """Supercell (3, 3) of `n_cells` primitive cells that a right-handed `cell` of atoms is.

    `fractions` (n_atoms, 3) of its vectors are the atoms' positions. None if the surroundings of
    no atom are like the parent's, or the cell has another number of primitive cells.
    """
    volume = n_cells * abs(np.linalg.det(parent.cell))
    scaled = cell * np.cbrt(volume / abs(np.linalg.det(cell)))
    unit = np.cbrt(abs(np.linalg.det(parent.cell)) / len(parent.basis))
    for start in np.linspace(0, len(fractions) - 1, STARTS).astype(int):
        steps = _find_steps(scaled, fractions, int(start), REACHES[-1] * unit)
        lengths = np.linalg.norm(steps, axis=1)
        vectors = _guess_vectors(steps[lengths <= REACHES[0] * unit], parent)
        if vectors is None:
            continue
        for reach in REACHES:
            vectors = _fit_vectors(vectors, steps[lengths <= reach * unit], parent)
        numbers = scaled @ np.linalg.inv(vectors)
        supercell: IntArray = np.rint(numbers).astype(np.int64)
        is_whole = abs(numbers - supercell).max() < WHOLE
        if is_whole and round(float(np.linalg.det(supercell))) == n_cells:
            return supercell
    return None


def find_framework(
    parent: ParentLattice, n_cells: int, allowed: BoolArray
) -> tuple[ParentLattice, BoolArray]:
    """Sites of `parent` that certain atoms fill, and which atoms (n_atoms,) these are.

    The fewest sites, so that most of their neighbours are as far as primitive vectors are long. All
    sites and atoms if there are none: then vacancies are few, or not.
    """
    for sites in sorted({tuple(row) for row in allowed.tolist()}, key=sum):
        is_there: BoolArray = np.asarray(allowed[:, np.array(sites)].any(axis=1))
        if is_there.sum() == n_cells * sum(sites) and (allowed[is_there] == sites).all():
            return replace(
                parent, basis=parent.basis[np.array(sites)], n_species=(), sublattices=()
            ), is_there
    return parent, np.ones(len(allowed), dtype=bool)


def _find_steps(cell: FloatArray, fractions: FloatArray, start: int, reach: float) -> FloatArray:
    """Steps (n, 3) from one atom to all others nearer than `reach`, images among them."""
    apart = fractions - fractions[start]
    apart = apart - np.rint(apart)
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    most = np.ceil(reach / heights + 0.5).astype(int).tolist()
    found = []
    for image in product(*(range(-n, n + 1) for n in most)):
        steps = (apart + image) @ cell
        found.append(steps[np.einsum("ij,ij->i", steps, steps) <= reach**2])
    return np.concatenate(found)


def _guess_vectors(steps: FloatArray, parent: ParentLattice) -> FloatArray | None:
    """Three of `steps` that are most like the primitive vectors (3, 3) of `parent`."""
    lengths = np.linalg.norm(parent.cell, axis=1)
    sizes = np.linalg.norm(steps, axis=1)
    one, two, three = (steps[abs(sizes / size - 1) <= LENGTH_TOLERANCE] for size in lengths)
    near = ANGLE_TOLERANCE * np.outer(lengths, lengths)
    metric = parent.cell @ parent.cell.T
    fits = (
        (abs(one @ two.T - metric[0, 1]) <= near[0, 1])[:, :, None]
        & (abs(one @ three.T - metric[0, 2]) <= near[0, 2])[:, None, :]
        & (abs(two @ three.T - metric[1, 2]) <= near[1, 2])[None]
    )
    places = np.argwhere(fits)[:MOST_TRIPLES]
    triples = np.stack([one[places[:, 0]], two[places[:, 1]], three[places[:, 2]]], axis=1)
    triples = triples[np.linalg.det(triples) * np.linalg.det(parent.cell) > 0]
    if not len(triples):
        return None
    # Other vectors of the same lattice have as small a misfit, but are more strained.
    deformations = np.linalg.solve(parent.cell, triples)
    strains = np.linalg.norm(np.linalg.svd(deformations, compute_uv=False) - 1, axis=1)
    misfits = [min(_misfit(steps, vectors, parent)) for vectors in triples]
    best: FloatArray = triples[int(np.argmin(np.round(misfits + strains, 9)))]
    return best


def _misfit(steps: FloatArray, vectors: FloatArray, parent: ParentLattice) -> list[float]:
    """Mean distance of `steps` from sites, if the first atom is on each site of the basis."""
    found = []
    for first in parent.basis:
        _, rest = _number_steps(steps, vectors, parent, first)
        found.append(float(np.linalg.norm(rest @ vectors, axis=1).mean()))
    return found


def _number_steps(
    steps: FloatArray, vectors: FloatArray, parent: ParentLattice, first: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The nearest step between sites to each of `steps` (n, 3), and the rest, in `vectors`."""
    places = (steps @ np.linalg.inv(vectors))[:, None] - (parent.basis - first)
    rests = places - np.rint(places)
    lengths = np.linalg.norm(rests @ vectors, axis=2)
    rows, nearest = np.arange(len(steps)), lengths.argmin(axis=1)
    rest: FloatArray = rests[rows, nearest]
    return steps @ np.linalg.inv(vectors) - rest, rest


def _fit_vectors(vectors: FloatArray, steps: FloatArray, parent: ParentLattice) -> FloatArray:
    """Primitive vectors (3, 3) of least squares from `steps`, numbered by those of before."""
    first = parent.basis[int(np.argmin(_misfit(steps, vectors, parent)))]
    numbers, _ = _number_steps(steps, vectors, parent, first)
    design = np.column_stack([numbers, np.ones(len(numbers))])
    return np.asarray(np.linalg.lstsq(design, steps)[0][:3], dtype=float)
