"""On which site of a supercell each atom sits, and how far from it."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice, hermite_normal_form
from warehouse.conventions.sites import site_indices, supercell_sites
from warehouse.crystals.candidates import spacing
from warehouse.crystals.large_cells import BoolArray
from warehouse.crystals.supercell_search import Fit

IMAGES = np.array(list(product((-1, 0, 1), repeat=3)))
AMBIGUITY_RATIO = 0.9
"""A second site that is less than a ninth further away than an atom's nearest one is as near."""
MOST_CROWDED = 300
"""Atoms of a cell above which it is too much to match all atoms to all sites."""
FORBIDDEN = 1e6
"""Stands for the distance from a site where an atom may not be, in a."""
ORIGIN_STEPS = 40
"""Steps of the iteration for the lattice's origin."""


@dataclass(frozen=True)
class SiteAssignment:
    """The Hermite normal form of a supercell, and the site of each atom in it.

    `site_numbers` (n_atoms,) are sites of the supercell, none twice; `displacements` (n_atoms,)
    are distances from them, in units of a, with the lattice's origin where their mean is least.
    `is_ambiguous`: an atom has two sites almost equally near, or is not on its nearest one.
    """

    hnf: IntArray
    site_numbers: IntArray
    displacements: FloatArray
    is_ambiguous: bool


def assign_sites(
    fractions: FloatArray, fit: Fit, parent: ParentLattice, allowed: BoolArray | None = None
) -> SiteAssignment:
    """Assign atoms at `fractions` (n_atoms, 3) of a cell to the sites of the supercell it is.

    The sum of the distances is the smallest (Hungarian algorithm); `fit` has as many sites as
    there are atoms, or more, and `allowed` (n_atoms, n_basis) tells which sites of the primitive
    cell each may be on, by default all. Raises ValueError if two atoms of a large cell are nearest
    to one site, or not all find a site.
    """
    hnf = hermite_normal_form(fit.supercell)
    places = fractions @ fit.supercell - fit.offset
    for _ in range(3):  # Until the origin no longer changes which sites are nearest.
        steps, nearest, _ = _find_near_sites(places, parent, allowed)
        numbers = site_indices(hnf, nearest[:, 0])
        if len(set(numbers.tolist())) < len(numbers):
            if len(numbers) > MOST_CROWDED:
                raise ValueError(
                    f"two of {len(numbers)} atoms are nearest to one site: more than "
                    f"{MOST_CROWDED} atoms are not matched further"
                )
            return _assign_crowded(places, fit, parent, hnf, allowed)
        places = places - _find_origin(steps[:, 0], parent)
        steps, again, distances = _find_near_sites(places, parent, allowed)
        if np.array_equal(again[:, 0], nearest[:, 0]):
            break
    is_close = (distances[:, 0] > AMBIGUITY_RATIO * distances[:, 1]).any()
    return SiteAssignment(hnf, numbers, distances[:, 0], bool(is_close))


def _find_origin(steps: FloatArray, parent: ParentLattice) -> FloatArray:
    """The point (3,) nearest to all `steps` (n, 3), so that one atom alone does not move it.

    It has the least mean distance: Weiszfeld's iteration, from the mean, smoothed.
    """
    smooth = 0.02 * spacing(parent)
    origin: FloatArray = steps.mean(axis=0)
    for _ in range(ORIGIN_STEPS):
        weights = 1 / (np.linalg.norm((steps - origin) @ parent.cell, axis=1) + smooth)
        origin = weights @ steps / weights.sum()
    return origin


def _find_near_sites(
    places: FloatArray, parent: ParentLattice, allowed: BoolArray | None
) -> tuple[FloatArray, IntArray, FloatArray]:
    """The two nearest allowed sites of each of `places` (n, 3) on the parent.

    Steps (n, 2, 3) from them in primitive vectors, sites (n, 2, 4), distances (n, 2) in a.
    """
    from_basis = places[:, None, :] - parent.basis
    offsets = np.rint(from_basis).astype(np.int64)[:, :, None] + IMAGES
    steps = from_basis[:, :, None] - offsets
    n_images = len(IMAGES)
    steps, offsets = (rows.reshape(len(places), -1, 3) for rows in (steps, offsets))
    distances = np.linalg.norm(steps @ parent.cell, axis=2)
    if allowed is not None:
        distances[~np.repeat(allowed, n_images, axis=1)] = np.inf
    order = np.argsort(distances.round(9), axis=1, kind="stable")[:, :2]
    rows = np.arange(len(places))[:, None]
    sites = np.concatenate([(order // n_images)[..., None], offsets[rows, order]], axis=2)
    return steps[rows, order], sites, distances[rows, order]


def _assign_crowded(
    places: FloatArray,
    fit: Fit,
    parent: ParentLattice,
    hnf: IntArray,
    allowed: BoolArray | None,
) -> SiteAssignment:
    """Assign where two atoms have the same nearest site, so that one sits on another."""
    from scipy.optimize import linear_sum_assignment

    sites = supercell_sites(parent, hnf)
    targets = parent.basis[sites[:, 0]] + sites[:, 1:]
    inverse = np.linalg.inv(fit.supercell)
    images = IMAGES @ fit.supercell
    for _ in range(3):
        steps = places[:, None] - targets
        steps = steps - np.rint(steps @ inverse) @ fit.supercell
        near = steps[:, :, None] - images
        lengths = np.linalg.norm(near @ parent.cell, axis=3)
        least = lengths.argmin(axis=2)
        distances = np.take_along_axis(lengths, least[..., None], axis=2)[..., 0]
        if allowed is not None:
            distances[~allowed[:, sites[:, 0]]] = FORBIDDEN
        numbers = linear_sum_assignment(distances)[1]
        rows = np.arange(len(places))
        places = places - _find_origin(near[rows, numbers, least[rows, numbers]], parent)
    if distances[rows, numbers].max() >= FORBIDDEN:
        raise ValueError("another lattice: no site is left that may hold one of its atoms")
    return SiteAssignment(hnf, numbers, distances[rows, numbers], is_ambiguous=True)
