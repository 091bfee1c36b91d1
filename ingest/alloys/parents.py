"""The parent lattices: fcc, bcc and hcp, and any other one from a structure file.

A lattice from a file is named after what it is: its Pearson symbol and a digest of the
distances between its sites, such as hp2_65d7ee for hcp with the axial ratio of zinc. The name
depends on neither the file's name and format nor the size, choice and orientation of the cell.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from warehouse.conventions.lattices import FloatArray, ParentLattice
from warehouse.crystals.common_lattices import PARENTS
from warehouse.crystals.structure_files import read_structure_file
from warehouse.errors import WarehouseError
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store
from warehouse.tables import ParentLattices

if TYPE_CHECKING:
    from ase import Atoms

SYMMETRY_TOLERANCE = 1e-3
"""How well a file must keep its symmetry, in cube roots of the volume per site."""
NEIGHBOUR_RANGE = 3.01
"""Neighbours that tell lattices apart, in cube roots of the volume per site."""


def get_parent(name: str, store: Store | None = None) -> ParentLattice:
    """Parent lattice of that name: fcc, bcc, hcp or, if a store is given, one that it holds.

    fcc_3 is fcc with three species on each site.

    Raises WarehouseError if there is none.
    """
    base, _, n_species = name.rpartition("_")
    if name in PARENTS:
        return PARENTS[name]
    if base in PARENTS and n_species.isdecimal() and int(n_species) > 2:
        return PARENTS[base].with_species(int(n_species))
    held = ParentLattices.create_empty() if store is None else store.read("parent_lattices")
    for row in held.filter(pl.col("parent_lattice") == name).rows(named=True):
        columns = ("cell", "basis", "n_species", "sublattices")
        return ParentLattice.from_row(name, *(row[column] for column in columns))
    names = dict.fromkeys([*PARENTS, *held["parent_lattice"]])
    raise WarehouseError(
        f"there is no parent lattice {name!r}",
        hint=f"use one of: {', '.join(names)}; or ingest an alloy with the file of another one",
    )


def find_parent(name: str, store: Store) -> ParentLattice:
    """Parent lattice by its name or, if there is a file of that name, out of the file.

    Raises WarehouseError if it is neither, or if the file holds no parent lattice.
    """
    path = Path(name)
    is_known = name in PARENTS or name in store.read("parent_lattices")["parent_lattice"]
    if not is_known and not path.is_file() and (path.suffix or path.name != name):
        raise WarehouseError(
            f"there is no file {name} of a parent lattice",
            hint=f"look at the path after --parent, or use one of: {', '.join(PARENTS)}",
        )
    if is_known or not path.is_file():
        return get_parent(name, store)
    return read_parent(path)


def ingest_parents(store: Store, *others: ParentLattice, provenance: Provenance) -> Commit:
    """Add the parent lattices that `store` lacks: fcc, bcc, hcp and `others`.

    A lattice that it holds stays as it is, so that the numbering of its sites does too.
    """
    rows = [
        {
            "parent_lattice": parent.name,
            "cell": parent.cell.tolist(),
            "basis": parent.basis.tolist(),
            "n_species": None if parent.is_binary else parent.n_species,
            "sublattices": None if parent.is_binary else parent.sublattices,
        }
        for parent in {**PARENTS, **{parent.name: parent for parent in others}}.values()
    ]
    frame = pl.DataFrame(rows, schema=ParentLattices.create_empty().schema)
    return store.insert("parent_lattices", frame, provenance=provenance)


def read_parent(path: Path) -> ParentLattice:
    """The ideal lattice in a structure file: one element on all its sites, any cell, any scale.

    The unit a of a lattice from a file is the first vector of spglib's standard conventional
    cell. One of `PARENTS` is known again. Raises WarehouseError if the file cannot be read, has
    several elements or no periodic cell.
    """
    atoms = read_structure_file(path)
    elements = sorted(set(atoms.get_chemical_symbols()))
    if len(elements) != 1 or not atoms.pbc.all() or not abs(atoms.get_volume()) > 0:
        raise WarehouseError(
            f"{path} is no parent lattice: {len(atoms)} atoms of {', '.join(elements)}, "
            f"periodic in {atoms.pbc.sum()} directions",
            hint="give the ideal crystal of one element, periodic in three directions, if all "
            "elements of the alloy may sit on each of its sites; else say with --sites which may",
        )
    parent = standardize(atoms, path)
    distances = _neighbour_distances(parent)
    for known in PARENTS.values():
        expected = _neighbour_distances(known)
        if expected.shape == distances.shape and np.allclose(
            expected, distances, atol=SYMMETRY_TOLERANCE
        ):
            return known
    return parent


def standardize(atoms: "Atoms", path: Path, n_species: Sequence[int] = (2,)) -> ParentLattice:
    """Primitive cell of `atoms` in spglib's standard setting, its symmetry made exact.

    Atoms of equal numbers are of one sublattice; number i may hold `n_species[i - 1]` species.
    Raises WarehouseError if there is no symmetry.
    """
    import spglib
    from pymatgen.io.ase import AseAtomsAdaptor
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer, SymmetryUndeterminedError

    symprec = SYMMETRY_TOLERANCE * float(np.cbrt(abs(atoms.get_volume()) / len(atoms)))
    try:
        analyzer = SpacegroupAnalyzer(AseAtomsAdaptor.get_structure(atoms), symprec)
    except SymmetryUndeterminedError as error:
        raise WarehouseError(
            f"{path} has no symmetry that spglib can find",
            hint="look whether two of its atoms are at the same place",
        ) from error
    a = analyzer.get_refined_structure().lattice.a
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    standard = spglib.standardize_cell(cell, to_primitive=True, symprec=symprec)
    assert standard is not None, "its symmetry was found just before"
    vectors, basis = np.array(standard[0]), np.array(standard[1])
    kinds = np.array(standard[2]) - min(standard[2])
    order = np.lexsort([*basis.T[::-1].round(6), kinds])
    basis, sublattices = basis[order].round(10), kinds[order].tolist()
    unnamed = ParentLattice(
        "",
        (vectors / a).round(10),
        basis,
        tuple(n_species[number] for number in sublattices),
        tuple(sublattices),
    )
    # Shifted, so that no round number such as 0.8125 lies where two numbers part.
    digits = np.rint(_neighbour_distances(unnamed) / SYMMETRY_TOLERANCE + 0.123).astype(int)
    told = str(digits.tolist())
    if len(n_species) > 1:
        told += str(_neighbours_of_sublattices(unnamed))
    digest = hashlib.sha256(told.encode()).hexdigest()[:6]
    return replace(unnamed, name=f"{analyzer.get_pearson_symbol().lower()}_{digest}")


def _neighbours_of_sublattices(parent: ParentLattice) -> list[tuple[int, ...]]:
    """What tells lattices of equal sites but other sublattices apart: who has which neighbours."""
    from ase.neighborlist import neighbor_list

    atoms = parent.atoms(parent.lattice_parameter(1.0))
    first, second, distances = neighbor_list("ijd", atoms, NEIGHBOUR_RANGE)
    digits = np.rint(distances / SYMMETRY_TOLERANCE + 0.123).astype(int)
    kinds, n_species = np.array(parent.sublattices), np.array(parent.n_species)
    rows = np.column_stack([kinds[first], n_species[first], kinds[second], digits])
    return sorted(map(tuple, rows.tolist()))


def _neighbour_distances(parent: ParentLattice) -> FloatArray:
    """Distances (n,) from each site to its neighbours, sorted, where a site's volume is 1."""
    from ase.neighborlist import neighbor_list

    atoms = parent.atoms(parent.lattice_parameter(1.0))
    distances: FloatArray = np.sort(neighbor_list("d", atoms, NEIGHBOUR_RANGE))
    return distances
