"""Alloys with sublattices, vacancies and inert sites, whose energies are planted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
from ase import Atoms
from ase.build import bulk, make_supercell
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal

from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.own_structures import ingest_source
from ingest.alloys.parents import get_parent
from ingest.alloys.site_species import read_alloy_sites
from tests.support.alloys import build
from tests.support.folders import temporary_folder
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice, entries_to_hnf
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CUTOFFS = (1.4, 1.1)


@dataclass(frozen=True)
class Case:
    """A crystal, which species may sit on its sites as `--sites` has it, and how far bonds reach.

    `site_species` are the species on the sites of `atoms`, `cells` Hermite normal forms.
    """

    atoms: Atoms
    sites: str
    site_species: Sequence[Sequence[str]]
    reach: float
    cells: Sequence[Sequence[int]]


LAYERED = crystal(
    ["Li", "Ni", "O"],
    [(0, 0, 0), (0, 0, 0.5), (0, 0, 0.2585)],
    spacegroup=166,
    cellpar=[2.87, 2.87, 14.19, 90, 90, 120],
    primitive_cell=True,
)
ROCKSALT = Atoms("TiC", positions=[[0] * 3, [2.15] * 3], cell=2.15 * (1 - np.eye(3)), pbc=True)
PEROVSKITE = Atoms(
    "SrTiO3",
    scaled_positions=[[0, 0, 0], [0.5] * 3, [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
    cell=3.9 * np.eye(3),
    pbc=True,
)
SMALL = ((1, 0, 1, 0, 0, 1), (1, 0, 1, 0, 0, 2), (1, 0, 2, 1, 0, 1), (2, 0, 2, 0, 0, 1))
LARGER = (
    *((1, 0, 1, 0, 0, 4), (1, 0, 1, 0, 2, 5), (3, 1, 1, 0, 0, 2), (1, 0, 5, 0, 2, 1)),
    *((1, 0, 1, 1, 0, 5), (2, 1, 2, 0, 1, 1), (1, 0, 1, 0, 3, 6)),
)
VACANT, METALS = ["X", "O"], ["Mg", "Zn"]
CASES = {
    "x-li_ni_o": Case(LAYERED, "Li,X; Ni; O; O", [["X", "Li"], ["Ni"], ["O"], ["O"]], 2.9, LARGER),
    "c-n_ti-w": Case(ROCKSALT, "Ti,W; C,N", [["Ti", "W"], ["C", "N"]], 3.1, SMALL),
    "x-o_sr_ti": Case(PEROVSKITE, "O=O,X", [["Sr"], ["Ti"], *[VACANT] * 3], 2.8, SMALL[:2]),
    "mg-zn_x-al-si": Case(
        bulk("Mg"), "Mg,Zn; Al,Si,X", [METALS, ["X", "Al", "Si"]], 3.3, SMALL[1:]
    ),
    "al-ni_al": Case(
        bulk("AlNi", "cesiumchloride", 2.9), "Al; Al,Ni", [["Al"], ["Al", "Ni"]], 3.0, SMALL[1:3]
    ),
}


def decorate(case: Case, entries: Sequence[int], species: Sequence[str]) -> Atoms:
    """A supercell of the crystal, all its cells' species in the order of its sites."""
    cell = make_supercell(case.atoms, entries_to_hnf(list(entries)))
    cell.symbols[:] = list(species)
    return cell


def planted_energy(cell: Atoms, reach: float) -> float:
    """Energy in eV of a cell with vacancies as atoms X: of its atoms, and of its pairs in reach.

    An atom has minus its number in eV / 10, a pair the product of both roots in eV / 20 by a third
    of its length, but a vacancy neither.
    """
    first, second, distance = neighbor_list("ijd", cell, reach)
    roots = np.sqrt(cell.numbers)
    pairs = (roots[first] * roots[second] * np.cos(3 * distance)).sum() / 40
    return float(pairs - cell.numbers.sum() / 10)


@cache
def planted_cells(name: str) -> tuple[Atoms, ...]:
    """End members and seven random decorations of each cell, ideal, with vacancies as atoms X."""
    case, rng = CASES[name], np.random.default_rng(0)
    alloy = Alloy.parse(name)
    cells = []
    for member in alloy.end_members:
        on_sites = [
            next(symbol for symbol in member if symbol in allowed) for allowed in case.site_species
        ]
        cells.append(decorate(case, SMALL[0], on_sites))
    for entries in 7 * case.cells:
        n_cells = int(np.prod(np.diag(entries_to_hnf(list(entries)))))
        chosen = [rng.choice(allowed) for _ in range(n_cells) for allowed in case.site_species]
        cells.append(decorate(case, entries, chosen))
    return tuple(cells)


def relaxed(cell: Atoms, energy: float, seed: int) -> Atoms:
    """The same cell without atoms X, strained, rattled, turned and moved, with its energy."""
    rng = np.random.default_rng(seed)
    other = cell.copy()
    other.set_cell(other.cell @ (np.eye(3) + 0.01 * rng.normal(size=(3, 3))), scale_atoms=True)
    other.positions += 0.03 * rng.normal(size=other.positions.shape)
    other.rotate(40, (1, 2, 3), rotate_cell=True)
    other.translate([0.3, -0.2, 0.5])
    del other[[atom.index for atom in other if atom.number == 0]]
    other = other[rng.permutation(len(other))]
    other.calc = SinglePointCalculator(other, energy=energy)
    return other


@cache
def sublattice_store() -> Store:
    """Every case, mapped, each with a cluster space."""
    store = Store(Warehouse(temporary_folder()))
    for name in CASES:
        _, lattice = ingest_case(store, name)
        ingest_clusters(store, CUTOFFS, parent=lattice.name)
    return store


@cache
def sublattice_catalog() -> duckdb.DuckDBPyConnection:
    """The catalog of `sublattice_store`."""
    return build(sublattice_store())


def parent_of(name: str) -> ParentLattice:
    """The parent lattice of a case."""
    rows = sublattice_store().read("lattice_mappings").filter(alloy=name)
    return get_parent(rows["parent_lattice"][0], sublattice_store())


def ingest_case(store: Store, name: str, more: Sequence[Atoms] = ()) -> tuple[Alloy, ParentLattice]:
    """Ingest the planted cells of a case as `ingest alloys --from` does, and `more`."""
    folder, case = temporary_folder(), CASES[name]
    parent, source = folder / "parent.cif", folder / "cells.extxyz"
    write(parent, case.atoms)
    cells = [
        relaxed(cell, planted_energy(cell, case.reach), seed)
        for seed, cell in enumerate(planted_cells(name))
    ]
    write(source, [*cells, *more], format="extxyz")
    alloy, lattice = read_alloy_sites(str(parent), case.sites)
    ingest_source(store, Path(source), alloy, parent=lattice)
    return alloy, lattice
