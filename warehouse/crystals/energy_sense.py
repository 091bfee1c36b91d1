"""Whether the energies of an alloy and those of its end members can belong together.

A formation energy is a small difference of large numbers. If the energy of an element is that of a
formula unit, or of other settings, or energies of cells are taken for energies per atom, it is
nonsense, and no fit says so. But then the energies do not lead to those of the end members, as
smooth curves over composition do, or they follow such a curve only after another division.
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
LARGE_GAP, GAP_SHARE, GAP_DEVIATIONS = 0.5, 0.15, 6.0
"""How far an end member is from the curve before it is told: in eV/atom, as a share of what the
curve says, and in deviations of what it says. All three must hold."""
ABSURD = 4.0
"""eV/atom: beyond, formation energies are told whatever they follow; those of the strongest oxides
and fluorides are 3 to 4, and of an alloy at most 1."""
WHOLE = 0.05
"""How near to a whole number the ratio of two energies must be to be told as one."""
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
        _tell_gap(name, reference, corner[0], site)
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


def find_corners(energies: FloatArray, shares: FloatArray) -> list[tuple[float, float] | None]:
    """What mixed structures' `energies` (n,) say of each end member's, and its deviation.

    None of those that their compositions leave open.
    """
    terms, n_members = curve_terms(shares), shares.shape[1]
    n_terms = terms.shape[1]
    if len(terms) < max(FEWEST, FEWEST_PER_TERM * n_terms):
        return [None] * n_members
    if np.linalg.matrix_rank(terms, tol=1e-6 * np.sqrt(len(terms))) < n_terms:
        return [None] * n_members
    found = fit_curve(energies, terms)
    deviation = 1.4826 * np.median(np.abs(energies - terms @ found))
    doubt = np.sqrt(np.diag(np.linalg.inv(terms.T @ terms))[:n_members])
    return [
        (float(corner), float(own))
        for corner, own in zip(found[:n_members], deviation * doubt, strict=True)
    ]


def _are_of_cells(energies: FloatArray, n_sites: NDArray[np.int64], shares: FloatArray) -> bool:
    terms = curve_terms(shares)
    if len(energies) < max(FEWEST, FEWEST_PER_TERM * terms.shape[1]):
        return False
    scatters = []  # The mean tells of cells of several sizes, the median of what holds for most.
    for own in (energies, energies / n_sites):
        distances = np.abs(own - terms @ fit_curve(own, terms))
        scatters.append(np.array([distances.mean(), np.median(distances)]) / np.abs(own).mean())
    as_given, divided = scatters
    return bool((divided < OTHER_UNIT_RATIO * as_given).any())


def _is_far(reference: float, corner: float, deviation: float) -> bool:
    least = max(LARGE_GAP, GAP_SHARE * abs(corner), GAP_DEVIATIONS * deviation)
    return abs(reference - corner) > least


def _tell_gap(name: str, reference: float, wanted: float, site: str) -> str:
    times = ""
    for ratio, what in (
        (reference / wanted, "{} times"),
        (wanted / reference, "1/{} of"),
    ):
        nearest = round(ratio)
        if nearest > 1 and abs(ratio / nearest - 1) < WHOLE:
            times = f", some {what.format(nearest)} what it should be"
    return (
        f"the energy of {name} is {reference:.3f} eV/{site}{times}; the other structures lead to "
        f"{wanted:.2f}, and all formation energies refer to it: give it in eV per atom and of "
        f"the same settings (--reference {name}=ENERGY, or the structure of {name})"
    )
