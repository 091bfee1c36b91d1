"""A structure of an alloy on its parent lattice: which species sits on each site.

Where every site has an atom of one sublattice, any atom may be on any site. Else an atom may only
be on the sublattices that its element is allowed on; how many primitive cells the structure has
follows from the numbers of its atoms, and a site without an atom is a vacancy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import FloatArray, IntArray, ParentLattice
from warehouse.conventions.sites import place_species, supercell_sites
from warehouse.crystals.misfit import judge_misfit
from warehouse.crystals.placement import place_structure
from warehouse.crystals.site_assignment import SiteAssignment, assign_sites
from warehouse.crystals.supercell_search import Fit, find_supercell

MOST_VACANT = 11
"""Sites for each atom up to which supercells are tried where every site may be vacant."""
MOST_UNUSUAL = 16
"""Numbers of cells that are tried where none gives the usual volume, the nearest ones."""
USUAL_VOLUME = 0.15
"""Supercells are tried first whose lattice parameter differs by less than this share."""


@dataclass(frozen=True)
class Decoration:
    """A supercell of a parent lattice and the species on its sites.

    `site_species` (n_sites,) count from 0 in the order of the alloy's sublattice; `flags` say why
    the structure is doubtful.
    """

    fit: Fit
    assignment: SiteAssignment
    site_species: IntArray
    flags: list[str]


def find_decoration(
    cell: FloatArray,
    fractions: FloatArray,
    symbols: Sequence[str],
    alloy: Alloy,
    parent: ParentLattice,
    lattice_parameter: float,
    *,
    judge: bool = True,
) -> Decoration:
    """Place the atoms at `fractions` (n_atoms, 3) of a right-handed `cell` on sites of `parent`.

    The alloy's `lattice_parameter` in Å helps where atoms alone do not tell how many sites there
    are: of supercells that fit, that of the usual volume is taken. Without `judge` nothing is
    flagged or refused for its misfit. Raises ValueError if the structure has another element, is of
    another lattice, or has an atom or a vacancy where none may be.
    """
    if foreign := sorted(set(symbols) - set(alloy.elements)):
        raise ValueError(f"{', '.join(foreign)} in a structure of {' and '.join(alloy.elements)}")
    if alloy.is_plain:
        fit, assignment = place_structure(cell, fractions, parent)
        flags = judge_misfit(cell, fractions, fit, assignment, parent) if judge else []
        species = np.array([alloy.elements.index(symbol) for symbol in symbols])
        return Decoration(fit, assignment, place_species(assignment.site_numbers, species), flags)
    fit, assignment = _place_on_sublattices(
        cell, fractions, symbols, alloy, parent, lattice_parameter
    )
    sublattices = np.array(parent.sublattices)[supercell_sites(parent, assignment.hnf)[:, 0]]
    kinds = sublattices[assignment.site_numbers]
    flags = judge_misfit(cell, fractions, fit, assignment, parent, kinds) if judge else []
    names = np.full(len(sublattices), VACANCY, dtype="<U2")
    names[assignment.site_numbers] = symbols
    return Decoration(fit, assignment, _number_species(names, sublattices, alloy), flags)


def _number_species(names: NDArray[np.str_], sublattices: IntArray, alloy: Alloy) -> IntArray:
    """Species (n_sites,) of the symbols `names` on the sites, counted from 0 on each sublattice."""
    species = np.empty(len(names), dtype=np.int64)
    for number, allowed in enumerate(alloy.sublattices):
        own = sublattices == number
        if (missing := own & ~np.isin(names, allowed)).any():
            raise ValueError(
                f"vacancies: {missing.sum()} of {own.sum()} sites of {', '.join(allowed)} have no "
                "atom, and none may be vacant"
            )
        species[own] = [allowed.index(name) for name in names[own]]
    return species


def _place_on_sublattices(
    cell: FloatArray,
    fractions: FloatArray,
    symbols: Sequence[str],
    alloy: Alloy,
    parent: ParentLattice,
    lattice_parameter: float,
) -> tuple[Fit, SiteAssignment]:
    """The supercell in which atoms are nearest to sites that they may be on."""
    allowed = np.array(
        [
            [symbol in alloy.sublattices[sublattice] for sublattice in parent.sublattices]
            for symbol in symbols
        ]
    )
    counts = find_cell_counts(Counter(symbols), alloy, parent)
    if not counts:
        raise ValueError(
            f"{_formula(symbols)} fills no number of primitive cells with sites "
            f"{describe_sites(alloy, parent)}"
        )
    volume = np.linalg.det(cell) / (abs(np.linalg.det(parent.cell)) * lattice_parameter**3)
    sizes = {n: abs(float(np.cbrt(volume / n)) - 1) for n in counts}
    usual = [n for n in counts if sizes[n] < USUAL_VOLUME]
    usual = usual or sorted(counts, key=sizes.__getitem__)[:MOST_UNUSUAL]
    fits = {n: find_supercell(cell, fractions, parent, n, allowed=allowed) for n in usual}
    misfits = {n: round(fit.misfit + sizes[n], 6) for n, fit in fits.items() if fit is not None}
    best = fits[min(misfits, key=lambda n: misfits[n])] if misfits else None
    if best is None:
        raise ValueError(f"another lattice: no supercell of {parent.name} is like it")
    return best, assign_sites(fractions, best, parent, allowed)


def member_shares(alloy: Alloy, parent: ParentLattice, site_species: IntArray) -> FloatArray:
    """Shares (n_members,) of the end members in a decoration; they add up to 1.

    All but the first are shares of a species among the sites of its sublattice.
    """
    n_cells = len(site_species) // len(parent.basis)
    sublattices = np.repeat(np.array(parent.sublattices), n_cells)
    others = [
        float((site_species[sublattices == number] == species).mean())
        for number, one in enumerate(alloy.sublattices)
        for species in range(1, len(one))
    ]
    return np.array([1 - sum(others), *others])


def find_cell_counts(atoms: Mapping[str, int], alloy: Alloy, parent: ParentLattice) -> list[int]:
    """How many primitive cells a structure may have by its atoms of each element, ascending.

    Each atom needs a site that it may be on, and each site that may not be vacant an atom. Both are
    possible together if each of them is (Mendelsohn and Dulmage 1958, 10.4153/CJM-1958-050-1), and
    each is if every choice of elements, or of sublattices, finds enough (Hall).
    """
    n_atoms, n_basis = sum(atoms.values()), len(parent.basis)
    sizes = np.bincount(parent.sublattices, minlength=len(alloy.sublattices)).tolist()
    filled = [n for n, one in enumerate(alloy.sublattices) if VACANCY not in one]
    n_filled = sum(sizes[number] for number in filled)
    most = n_atoms // n_filled if n_filled else int(MOST_VACANT * n_atoms / n_basis) + 1
    return [
        n_cells
        for n_cells in range(-(-n_atoms // n_basis), most + 1)
        if all(
            sum(atoms[symbol] for symbol in some)
            <= n_cells
            * sum(sizes[n] for n, one in enumerate(alloy.sublattices) if {*one} & {*some})
            for some in _choices([*atoms])
        )
        and all(
            n_cells * sum(sizes[number] for number in some)
            <= sum(atoms[s] for s in {*chain(*(alloy.sublattices[n] for n in some))} & {*atoms})
            for some in _choices(filled)
        )
    ]


def _choices(items: Sequence[Any]) -> "chain[tuple[Any, ...]]":
    return chain.from_iterable(combinations(items, n) for n in range(1, len(items) + 1))


def describe_sites(alloy: Alloy, parent: ParentLattice) -> str:
    """The sites of a primitive cell in words: 1 × X, Li and 1 × Ni and 2 × O."""
    sizes = Counter(parent.sublattices)
    return " and ".join(
        f"{sizes[number]} × {', '.join(species)}"
        for number, species in enumerate(alloy.sublattices)
    )


def _formula(symbols: Sequence[str]) -> str:
    return "".join(
        f"{symbol}{n if n > 1 else ''}" for symbol, n in sorted(Counter(symbols).items())
    )
