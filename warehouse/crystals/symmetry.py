"""Names of decorations: equal where symmetry of the parent lattice makes two of them equal.

A decoration is what a supercell and its occupation say when repeated through space. Its name
is that of the smallest pair of Hermite normal form and occupation that describes it or one of
its images, so it ignores the choice of cell, of origin and of orientation, mirror images
included. These are the duplicates that Hart and Forcade remove when they enumerate derivative
structures (2008, 10.1103/PhysRevB.77.224115), except for the exchange of elements.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import (
    IntArray,
    ParentLattice,
    entries_to_hnf,
    hermite_normal_form,
    hnf_to_entries,
    parse_supercell_id,
    supercell_id,
)
from warehouse.conventions.sites import (
    first_bits,
    lattice_points,
    site_indices,
    supercell_sites,
)
from warehouse.tables import MAX_SITES, OCCUPATION_BITS

FEW_SITES = 30
SITES_AT_ONCE = 1_000_000
"""Sites that are moved at once."""


@dataclass(frozen=True, eq=False)
class SymmetryOperations:
    """The space group of a parent lattice, less the translations by its primitive vectors.

    Operation i takes the site (b, offset) to the site `images[i, b]` moved by the offset
    `offset @ rotations[i]`: `rotations` (n_operations, 3, 3) are integers in primitive
    vectors, `images` (n_operations, n_basis, 4) sites.
    """

    rotations: IntArray
    images: IntArray


def name_decoration(parent: ParentLattice, hnf: IntArray, site_species: IntArray) -> str | None:
    """Name of the decoration of a supercell (3, 3), such as fcc-1-0-1-0-0-2:1.

    It holds the smallest supercell in which the decoration, or an image of it, repeats (the
    least of the lower triangles of equal volume), and its least occupation there, whose bits
    `warehouse.conventions.sites` gives. `site_species` (n_sites,) count from 0; whether the second
    of two is on a site is such a count. None if what repeats has more than 1,024 sites.
    """
    species = np.asarray(site_species).astype(np.int64)
    if len(set(species.tolist())) == 1:
        n_cells = int(np.prod(np.diag(hnf)))
        hnf, species = np.eye(3, dtype=np.int64), species[::n_cells]
    is_held = species > 0
    sites, held = supercell_sites(parent, hnf)[is_held], species[is_held]
    primitive = _primitive_supercell(hnf, sites, held)
    if int(np.prod(np.diag(primitive))) * len(parent.basis) > MAX_SITES:
        return None
    in_primitive = np.unique(site_indices(primitive, sites), return_index=True)[1]
    return _name(parent, primitive, sites[in_primitive], held[in_primitive])


def _name(parent: ParentLattice, primitive: IntArray, sites: IntArray, species: IntArray) -> str:
    """Name of the decoration of its smallest supercell by `species` (n,) on `sites` (n, 4)."""
    smallest, is_least = _smallest_supercell(parent, tuple(hnf_to_entries(primitive)))
    operations = find_symmetry_operations(parent)
    images = operations.images[is_least][:, sites[:, 0]]
    images[..., 1:] += sites[:, 1:] @ operations.rotations[is_least]
    bits, points = first_bits(parent, smallest), lattice_points(smallest)
    least = min(
        _least_number(bits[site_indices(smallest, translate(image, points))] + species - 1)
        for image in images
    )
    return f"{supercell_id(parent, smallest)}:{least}"


def _least_number(bits: IntArray) -> int:
    """The least of the numbers that have these bits (n_numbers, n)."""
    if bits.max(initial=0) < OCCUPATION_BITS:
        return int((np.int64(1) << bits).sum(axis=-1).min())
    # All have as many bits: the lesser number has the lower one where they first differ from above.
    left = -np.sort(-bits, axis=-1)
    for place in range(left.shape[1]):
        left = left[left[:, place] == left[:, place].min()]
    return sum(1 << bit for bit in left[0].tolist())


def parse_decoration_id(name: str) -> tuple[str, IntArray, int]:
    """Parent lattice, supercell (3, 3) and occupation in the name of a decoration."""
    supercell, _, occupation = name.rpartition(":")
    return *parse_supercell_id(supercell), int(occupation)


@cache
def find_symmetry_operations(parent: ParentLattice) -> SymmetryOperations:
    """Operations that map `parent` on itself: 48 for FCC, 24 for HCP, the identity among them."""
    rotations, images = [], []
    kinds = np.array(parent.sublattices)
    for rotation in _find_rotations(parent):
        rotated = parent.basis @ rotation
        for first in parent.basis:
            try:
                sites = parent.locate((rotated - rotated[0] + first) @ parent.cell)
            except ValueError:
                continue
            if np.array_equal(kinds[sites[:, 0]], kinds):
                rotations.append(rotation)
                images.append(sites)
    return SymmetryOperations(np.array(rotations), np.array(images))


def _find_rotations(parent: ParentLattice) -> IntArray:
    """Integer matrices (n, 3, 3) that keep the lengths and angles of the primitive vectors.

    A lattice vector of length l has no coordinate longer than l times the length of that
    coordinate's reciprocal vector, which bounds the search for images of primitive vectors.
    """
    metric = parent.cell @ parent.cell.T
    squares = np.diag(metric)
    reciprocal = np.linalg.norm(np.linalg.inv(parent.cell), axis=0)
    reach = np.floor(np.sqrt(squares.max()) * reciprocal + 1e-6).astype(int).tolist()
    vectors = np.array(list(product(*(range(-most, most + 1) for most in reach))))
    lengths = np.einsum("ni,ij,nj->n", vectors, metric, vectors)
    choices = [vectors[np.isclose(lengths, square, rtol=1e-6)] for square in squares]
    matrices = np.array([np.stack(rows) for rows in product(*choices)])
    metrics = matrices @ metric @ matrices.transpose(0, 2, 1)
    rotations: IntArray = matrices[
        np.isclose(metrics, metric, rtol=0, atol=1e-6 * squares.max()).all(axis=(1, 2))
    ]
    return rotations


def _primitive_supercell(hnf: IntArray, sites: IntArray, species: IntArray) -> IntArray:
    """Hermite normal form of all translations that keep `species` (n,) on the sites (n, 4).

    Its rows are the shortest steps from one lattice plane to the next, taken from the
    translations inside the supercell and from the supercell's own vectors.
    """
    points = lattice_points(hnf)
    held = np.zeros(len(points) * (1 + sites[:, 0].max(initial=0)), dtype=np.int64)
    held[site_indices(hnf, sites)] = species
    # Of many translations most move one of a few sites to a wrong one already.
    for few in (FEW_SITES, len(sites)):
        some, wanted = sites[:few], species[:few]
        at_once = max(1, SITES_AT_ONCE // max(1, len(some)))
        parts = [points[start : start + at_once] for start in range(0, len(points), at_once)]
        kept = [
            (held[site_indices(hnf, translate(some, part))] == wanted).all(axis=-1)
            for part in parts
        ]
        points = points[np.concatenate(kept)]
    vectors = np.concatenate([points, hnf])
    steps = np.zeros((3, 3), dtype=np.int64)
    for axis in range(3):
        ends_here = (vectors[:, axis] > 0) & ~vectors[:, axis + 1 :].any(axis=1)
        candidates = vectors[ends_here]
        steps[axis] = candidates[candidates[:, axis].argmin()]
    return hermite_normal_form(steps)


@lru_cache(maxsize=4096)
def _smallest_supercell(
    parent: ParentLattice, entries: tuple[int, ...]
) -> tuple[IntArray, NDArray[np.bool_]]:
    """The least of the images of a supercell, and which operations (n_operations,) lead to it."""
    hnf = entries_to_hnf(entries)
    rotations = find_symmetry_operations(parent).rotations
    images = [hnf_to_entries(hermite_normal_form(hnf @ rotation)) for rotation in rotations]
    least = min(images)
    return entries_to_hnf(least), np.array([image == least for image in images])


def translate(sites: IntArray, points: IntArray) -> IntArray:
    """Sites (..., n_points, n_sites, 4) moved by each of the offsets `points` (n_points, 3)."""
    moved = np.repeat(sites[..., None, :, :], len(points), axis=-3)
    moved[..., 1:] += points[:, None, :]
    return moved
