"""Whether the energies of an alloy and those of its end members can belong together.

A formation energy is a small difference of large numbers. If the energy of an element is that of a
formula unit, or of other settings, or energies of cells are taken for energies per atom, it is
nonsense, and no fit says so. But then the energies do not lead to those of the end members, along
a parabola over composition or along lines, or they follow a curve only after another division.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.lattices import FloatArray

FEWEST = 10
"""Structures from which on energies can be compared."""
FEWEST_PER_TERM = 3
"""Likewise for each term of the curve, of which five elements have fifteen."""
MOST_COMPARED = 5_000
"""Structures that are compared, evenly out of more."""
OTHER_UNIT_RATIO = 0.35
"""Energies are of whole cells if, divided once more, they scatter by less than this share."""
NEAR = (0.5, 0.6, 0.75)
"""Shares of an end member from which on structures lead to it along a line. Formation energies of
strong compounds are bent like a V, whose sides they follow; a parabola would miss the corner."""
LARGE_GAP, GAP_DEVIATIONS = 0.5, 6.0
"""How far an end member is from all curves before it is told: in eV/atom, which other settings may
do, and in deviations of what a curve says. It must be beyond the bend of the energies, too."""
ABSURD = 4.0
"""eV/atom: beyond, formation energies are told whatever they follow; those of the strongest oxides
and fluorides are 3 to 4, and of an alloy at most 1."""
WHOLE, MOST_TIMES = 0.03, 10
"""How near to a whole number the ratio of two energies must be to be told as one, and the most."""
SIZEABLE = 0.5
"""eV/atom: an energy nearer to 0 has no ratio to another that tells something."""
IRLS_STEPS = 60


def tell_senseless_energies(
    energies: FloatArray,
    n_sites: NDArray[np.int64],
    shares: FloatArray,
    members: Sequence[str],
    site: str = "atom",
) -> list[str]:
    """What is wrong with all energies or with an end member's, and what to do, in a line each.

    `energies` (n,) are in eV per site of cells of `n_sites`; `shares` (n, n_members) of the end
    members, whose formulas are `members`. The lowest structure of each is its reference. Energies
    per atom that are taken for those of cells are told structure by structure elsewhere.
    """
    every = slice(None, None, 1 + len(energies) // MOST_COMPARED)
    is_pure = (shares == 1).any(axis=1) & (shares >= 0).all(axis=1)
    pure = [energies[is_pure & (share == 1)].min(initial=np.inf) for share in shares.T]
    mixed = [part[~is_pure][every] for part in (energies, n_sites, shares)]
    if not len(mixed[0]):
        return []
    if _are_of_cells(*mixed):
        return [
            f"energies per {site} grow with the number of {site}s in the cell, as if those of "
            "whole cells had been taken for energies per atom: leave --per-atom away"
        ]
    told = [
        _tell_gap(name, reference, *corner[:2], site)
        for name, reference, corner in zip(members, pure, find_corners(*mixed[::2]), strict=True)
        if corner is not None and np.isfinite(reference) and _is_far(reference, *corner)
    ]
    formation = mixed[0] - mixed[2] @ np.where(np.isfinite(pure), pure, 0.0)
    middle = float(np.median(np.abs(formation)))
    if not told and np.isfinite(pure).all() and middle > ABSURD:
        told = [
            f"half of the formation energies are beyond {middle:.1f} eV/{site}, as no crystal's "
            f"are: give energies and those of {', '.join(members)} in one unit (--per-atom, "
            "--reference) and of the same settings"
        ]
    return told


def curve_terms(shares: FloatArray) -> FloatArray:
    """The end members' shares and the products of each two, shape (n, n_terms)."""
    first, second = np.triu_indices(shares.shape[1], k=1)
    return np.hstack([shares, shares[:, first] * shares[:, second]])


def fit_curve(energies: FloatArray, terms: FloatArray) -> FloatArray:
    """Factors (n_terms,) of the curve of least absolute distances from `energies` (n,)."""
    rest: FloatArray = np.ones(len(terms))
    for _ in range(IRLS_STEPS):
        root = 1 / np.sqrt(np.maximum(np.abs(rest), 1e-6))
        found = np.linalg.lstsq(terms * root[:, None], energies * root, rcond=None)[0]
        rest = energies - terms @ found
    return np.asarray(found)


def find_corners(
    energies: FloatArray, shares: FloatArray
) -> list[tuple[float, float, float] | None]:
    """The least and most that mixed structures' `energies` (n,) say of each end member's, in eV.

    What one parabola of all and lines through those near it say, and how far beyond both it may be:
    the largest of LARGE_GAP, GAP_DEVIATIONS and the bend, the energies' mean distance from a plane.
    None of those that their compositions leave open.
    """
    terms, n_members = curve_terms(shares), shares.shape[1]
    if len(terms) < max(FEWEST, FEWEST_PER_TERM * terms.shape[1]) or not _are_free(terms):
        return [None] * n_members
    of_all = _extrapolate(energies, terms)
    bend = float(np.abs(energies - shares @ fit_curve(energies, shares)).mean())
    corners: list[tuple[float, float, float] | None] = []
    for member, share in enumerate(shares.T):
        said = [of_all[member]]
        for is_near in (share >= least for least in NEAR):
            if is_near.sum() >= 2 * n_members and _are_free(shares[is_near]):
                said.append(_extrapolate(energies[is_near], shares[is_near])[member])
        values, deviations = np.array(said).T
        doubt = max(LARGE_GAP, bend, GAP_DEVIATIONS * deviations.max())
        corners.append((float(values.min()), float(values.max()), float(doubt)))
    return corners


def _are_free(terms: FloatArray) -> bool:
    rank = np.linalg.matrix_rank(terms, tol=1e-6 * np.sqrt(len(terms)))
    return bool(rank == terms.shape[1])


def _extrapolate(energies: FloatArray, terms: FloatArray) -> FloatArray:
    """Factors of the curve and their deviations, shape (n_terms, 2)."""
    found = fit_curve(energies, terms)
    deviation = 1.4826 * np.median(np.abs(energies - terms @ found))
    return np.column_stack([found, deviation * np.sqrt(np.diag(np.linalg.inv(terms.T @ terms)))])


def _are_of_cells(energies: FloatArray, n_sites: NDArray[np.int64], shares: FloatArray) -> bool:
    terms = curve_terms(shares)
    if len(energies) < max(FEWEST, FEWEST_PER_TERM * terms.shape[1]):
        return False
    scatters = []  # The mean tells of cells of several sizes, the median of what holds for most.
    for own in (energies, energies / n_sites):
        distances = np.abs(own - terms @ fit_curve(own, terms))
        scatters.append((np.array([distances.mean(), np.median(distances)]), np.abs(own).mean()))
    (as_given, size), (divided, divided_size) = scatters
    return bool((divided * size < OTHER_UNIT_RATIO * as_given * divided_size).any())


def _is_far(reference: float, least: float, most: float, doubt: float) -> bool:
    return not least - doubt <= reference <= most + doubt


def _tell_gap(name: str, reference: float, least: float, most: float, site: str) -> str:
    lead = f"{least:.2f}" if most - least < 0.01 else f"{least:.2f} to {most:.2f}"
    return (
        f"the energy of {name} is {reference:.3f} eV/{site}"
        f"{_tell_ratio(reference, (least + most) / 2)}; the other structures lead to "
        f"{lead}, and all formation energies refer to it: give it in eV per atom and of "
        f"the same settings (--reference {name}=ENERGY, or the structure of {name})"
    )


def _tell_ratio(reference: float, wanted: float) -> str:
    """That one may be a few times the other, if neither is so small that it would be by chance."""
    if not min(abs(reference), abs(wanted)) > SIZEABLE:
        return ""
    for ratio, what in ((reference / wanted, "{} times"), (wanted / reference, "1/{} of")):
        nearest = round(ratio)
        if 1 < nearest <= MOST_TIMES and abs(ratio / nearest - 1) < WHOLE:
            return f", perhaps {what.format(nearest)} what it should be"
    return ""
