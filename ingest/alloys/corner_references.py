"""Energies of end members that nobody calculated, from the corners of compositions that are there.

Charges may forbid an end member: no one calculates MnO and TiO among cells between LiMnO₂ and
Li₂TiO₃. Any energies of them will do that put the lowest structures at those corners in the plane
of the end members: then formation energies are measured from these, and hulls are the same.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl

from ingest.alloys.end_members import EndMember
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.crystals.decorations import find_cell_counts

FLAT = 1e-6
"""A composition that is nearer to the corners so far, in shares, is a mixture of them."""


def suggest_references(
    structures: pl.DataFrame, alloy: Alloy, parent: ParentLattice, missing: Sequence[EndMember]
) -> tuple[dict[str, float], list[str]]:
    """Energies in eV per atom of `missing` end members, and the formulas that they put at 0.

    Nothing of plain alloys, or if an element is on several sublattices, since then atoms do not
    tell the shares, or if no structure's atoms fill the sites.
    """
    everywhere = [s for one in alloy.sublattices for s in one if s != VACANCY]
    found = [
        (shares, energy / n_sites, formula)
        for symbols, energy in structures.select("symbols", "total_energy").rows()
        for shares, n_sites, formula in _measure(symbols, alloy, parent)
    ]
    if alloy.is_plain or len(set(everywhere)) < len(everywhere) or not found:
        return {}, []
    shares, energies = np.array([row[0] for row in found]), np.array([row[1] for row in found])
    corners = _find_corners(shares, energies)
    # Where corners leave it open, energies are as near to their mean as they can be.
    mean = energies[corners].mean()
    of_members = mean + np.linalg.pinv(shares[corners]) @ (energies[corners] - mean)
    order = {species: place for place, species in enumerate(alloy.end_members)}
    per_atom = {
        member.formula: float(of_members[order[member.species]])
        * len(parent.basis)
        / sum(member.atoms.values())
        for member in missing
    }
    return per_atom, [found[corner][2] for corner in corners]


def _measure(
    symbols: list[str], alloy: Alloy, parent: ParentLattice
) -> list[tuple[FloatArray, int, str]]:
    """Shares of the end members by atoms alone, sites and reduced formula; none if not told."""
    from ase.formula import Formula

    atoms, sizes = Counter(symbols), Counter(parent.sublattices)
    counts = find_cell_counts(atoms, alloy, parent)
    if len(counts) != 1:
        return []
    others = [
        atoms[species] / (counts[0] * sizes[number])
        for number, one in enumerate(alloy.sublattices)
        for species in one[1:]
    ]
    formula = f"{Formula.from_dict(dict(atoms)).reduce()[0]:metal}"
    return [(np.array([1 - sum(others), *others]), counts[0] * len(parent.basis), formula)]


def _find_corners(shares: FloatArray, energies: FloatArray) -> list[int]:
    """The lowest structures at compositions (n, n_members) that span all others, far apart."""
    best = dict[tuple[float, ...], int]()
    for place in np.argsort(-energies, kind="stable").tolist():
        best[tuple(shares[place].round(9))] = place
    places = sorted(best.values(), key=lambda place: tuple(shares[place].round(9)))
    is_pure = (shares[places].max(axis=1) == 1) & (shares[places].min(axis=1) >= 0)
    middle = shares[places].mean(axis=0)
    first = np.linalg.norm(shares[places] - middle, axis=1) + 10 * is_pure
    corners = [places[int(np.argmax(first.round(9)))]]
    while True:
        span = shares[corners] - shares[corners[0]]
        rest = shares[places] - shares[corners[0]]
        rest = rest - rest @ np.linalg.pinv(span) @ span
        distances = np.linalg.norm(rest, axis=1)
        if distances.max() < FLAT:
            return corners
        wanted = distances + 10 * (is_pure & (distances > FLAT))
        corners.append(places[int(np.argmax(wanted.round(9)))])
