"""Supercells of a parent lattice that a cell may be: what a strain up to a tolerance allows.

Integer vectors of the parent as long as the cell's and at like angles, the first of them up to
rotations of the parent. Two vectors and the number of primitive cells leave the third one a plane,
near the point where the cell's own third vector would be.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.crystals.symmetry import find_symmetry_operations

PAIRS_AT_ONCE = 64
MOST_PAIRS = 30_000
"""Pairs of first vectors from which supercells are made; cells of 62 atoms give some thousands."""
LONGEST_STEP = 6
"""Steps in each direction that the third vector is sought in."""


def find_candidates(
    cell: FloatArray, parent: ParentLattice, n_cells: int, tolerance: float
) -> IntArray:
    """Supercells (n, 3, 3) of the parent that `cell` of equal volume is within `tolerance` of."""
    lengths = np.linalg.norm(cell, axis=1)
    firsts = _shell(parent, lengths[0], tolerance, distinct=True)
    longest = 3 * n_cells * abs(np.linalg.det(parent.cell)) ** (1 / 3)
    if not len(firsts) or lengths[1] > longest:  # Then it is a needle or a sheet.
        return np.zeros((0, 3, 3), dtype=np.int64)
    seconds = _shell(parent, lengths[1], tolerance, distinct=False)
    one, two = (rows.reshape(-1, 3) for rows in np.broadcast_arrays(firsts[:, None], seconds))
    near = 2.5 * tolerance * lengths[0] * lengths[1]
    products = np.einsum("ni,ni->n", one @ parent.cell, two @ parent.cell)
    crosses = np.cross(one, two)
    # The volume must be a multiple of the area's, and no zero.
    divisors = np.gcd.reduce(crosses, axis=1)
    allowed = (abs(products - cell[0] @ cell[1]) <= near) & (divisors > 0)
    allowed[allowed] &= n_cells % divisors[allowed] == 0
    kept = np.flatnonzero(allowed)[:MOST_PAIRS]
    one, two, crosses = one[kept], two[kept], crosses[kept]
    found = [np.zeros((0, 3, 3), dtype=np.int64)]
    for part in range(0, len(one), PAIRS_AT_ONCE):
        chosen = slice(part, part + PAIRS_AT_ONCE)
        found.append(
            _add_thirds(cell, parent, n_cells, tolerance, one[chosen], two[chosen], crosses[chosen])
        )
    return np.concatenate(found)


def _add_thirds(
    cell: FloatArray,
    parent: ParentLattice,
    n_cells: int,
    tolerance: float,
    one: IntArray,
    two: IntArray,
    crosses: IntArray,
) -> IntArray:
    """Supercells (n, 3, 3) whose first two vectors are the pairs `one`, `two` (m, 3)."""
    normal = np.cross(cell[0], cell[1])
    along = np.linalg.solve(np.stack([cell[0], cell[1], normal]).T, cell[2])
    first, second = one @ parent.cell, two @ parent.cell
    upright = np.cross(first, second)
    height = (n_cells * np.linalg.det(parent.cell)) / np.einsum("ni,ni->n", upright, upright)
    wanted = along[0] * first + along[1] * second + height[:, None] * upright
    near = np.rint(wanted @ np.linalg.inv(parent.cell)).astype(np.int64)
    reach = 1 + min(LONGEST_STEP, int(1.5 * tolerance * np.linalg.norm(cell[2])))
    third = near[:, None] + _cube(reach)
    fits = np.einsum("ni,nmi->nm", crosses, third) == n_cells
    pair, which = np.nonzero(fits)
    return np.stack([one[pair], two[pair], third[pair, which]], axis=1)


@lru_cache(maxsize=16)
def _cube(reach: int) -> IntArray:
    steps = np.arange(-reach, reach + 1)
    cube: IntArray = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    return cube


def _shell(parent: ParentLattice, length: float, tolerance: float, *, distinct: bool) -> IntArray:
    """Integer vectors of the parent of about this length; `distinct`: one of equal ones."""
    vectors, lengths, is_first = _vectors(parent, int(np.ceil(length * (1 + tolerance))))
    chosen = abs(lengths / length - 1) <= tolerance
    return vectors[chosen & is_first if distinct else chosen]


@lru_cache(maxsize=64)
def _vectors(parent: ParentLattice, longest: int) -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
    """Integer vectors (n, 3) up to a length in a, their lengths, and which are no images."""
    reciprocal = np.linalg.norm(np.linalg.inv(parent.cell), axis=0)
    reach = np.floor(longest * reciprocal + 1e-6).astype(int)
    axes = [np.arange(-most, most + 1) for most in reach]
    vectors = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    lengths = np.linalg.norm(vectors @ parent.cell, axis=1)
    kept = (lengths > 1e-9) & (lengths <= longest)
    vectors, lengths = vectors[kept], lengths[kept]
    base = 2 * int(reach.max()) + 3
    weights = np.array([base * base, base, 1])
    images = np.einsum("ni,rij->rnj", vectors, _proper_rotations(parent)) @ weights
    return vectors, lengths, vectors @ weights == images.max(axis=0)


@lru_cache(maxsize=64)
def _proper_rotations(parent: ParentLattice) -> IntArray:
    """Rotations (n, 3, 3) in primitive vectors that map the parent on itself; no mirror images."""
    rotations: IntArray = np.unique(find_symmetry_operations(parent).rotations, axis=0)
    proper: IntArray = rotations[np.linalg.det(rotations) > 0]
    return proper


@lru_cache(maxsize=64)
def spacing(parent: ParentLattice) -> float:
    """Shortest distance between two sites, in units of a."""
    steps = (parent.basis[:, None, None] - parent.basis[None, :, None] + _cube(2)) @ parent.cell
    lengths = np.linalg.norm(steps, axis=-1)
    return float(lengths[lengths > 1e-6].min())
