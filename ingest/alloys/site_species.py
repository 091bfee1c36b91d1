"""Which species may sit on which site of a parent lattice, as a user says it.

As icet's ClusterSpace takes them: a list of species for each site of the file, X for a vacancy. Or,
for files of many sites, the species on the sites of an element: Li=Li,X; all other sites keep
their own.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingest.alloys.parents import SYMMETRY_TOLERANCE, read_parent, standardize
from warehouse.conventions.alloys import Alloy, read_species
from warehouse.conventions.lattices import ParentLattice
from warehouse.crystals.common_lattices import PARENTS
from warehouse.crystals.structure_files import read_structure_file
from warehouse.crystals.symmetry import find_symmetry_operations
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from ase import Atoms

MOST_SPECIES = 8
"""Species on a site: more make clusters of more point functions than anyone can fit."""
HINT = 'write --sites "Li,X; Ni; O; O", one list for each site of the file, or --sites "Li=Li,X"'


def read_alloy_sites(parent: str, sites: str) -> tuple[Alloy, ParentLattice]:
    """The alloy and its lattice, from the `parent`'s name or file and the species on its `sites`.

    Raises WarehouseError if there is no such file, or `sites` contradict it.
    """
    path = Path(parent)
    if parent not in PARENTS and not path.is_file():
        raise WarehouseError(
            f"there is no file {parent} of a parent lattice",
            hint="--sites are those of a file after --parent, or of one of: " + ", ".join(PARENTS),
        )
    atoms = PARENTS[parent].atoms() if parent in PARENTS else read_structure_file(path)
    if not len(atoms) or not atoms.pbc.all() or not abs(atoms.get_volume()) > 0:
        raise WarehouseError(
            f"{path} is no parent lattice: {len(atoms)} atoms, periodic in {atoms.pbc.sum()} "
            "directions",
            hint="give the ideal crystal, periodic in three directions",
        )
    of_sites = _parse_sites(sites, [] if parent in PARENTS else atoms.get_chemical_symbols(), atoms)
    alloy = Alloy(tuple(dict.fromkeys(of_sites)))
    if (most := max(map(len, alloy.sublattices))) > MOST_SPECIES:
        raise WarehouseError(
            f"--sites {sites}: {most} species on a site, and at most {MOST_SPECIES} can be there",
            hint="leave out what no structure has there",
        )
    if len(alloy.sublattices) == 1:
        alike = PARENTS[parent] if parent in PARENTS else read_parent(path)
        return alloy, alike.with_species(len(alloy.sublattices[0]))
    decorated = atoms.copy()
    # Any elements will do that pymatgen knows all of.
    decorated.numbers = [25 + _find_sublattice(alloy, species) for species in of_sites]
    lattice = standardize(decorated, path, [len(one) for one in alloy.sublattices])
    if shared := _find_ambiguous(alloy, lattice):
        raise WarehouseError(
            f"--sites {sites}: without their lists, sites of {' and '.join(shared)} are alike in "
            "more ways than one, and a species may be on both: a structure would have several "
            "readings",
            hint="make them one sublattice with one list, or keep the species on one of them",
        )
    return alloy, lattice


def _find_ambiguous(alloy: Alloy, parent: ParentLattice) -> list[str]:
    """Sublattices that share a species, and parts of which symmetry exchanges if it ignores lists.

    L1₀ of ideal axes is one: its layers could be stacked along any edge of the cube. Whole
    sublattices, as of rock salt, may be exchanged: then each holds the shared species alone.
    """
    import spglib

    merged = list(range(len(alloy.sublattices)))
    for number, one in enumerate(alloy.sublattices):
        for other, before in enumerate(alloy.sublattices[:number]):
            if {*one} & {*before}:
                merged = [merged[other] if m == merged[number] else m for m in merged]
    kinds = np.array(parent.sublattices)
    alike = np.array(merged)[kinds]
    images = kinds[find_symmetry_operations(replace(parent, sublattices=(*alike,))).images[..., 0]]
    splits = any(len({*image[kinds == kind]}) > 1 for image in images for kind in {*kinds})
    symprec = SYMMETRY_TOLERANCE * float(np.cbrt(abs(np.linalg.det(parent.cell)) / len(kinds)))
    cell = (parent.cell.tolist(), parent.basis.tolist(), (alike + 1).tolist())
    primitive = spglib.find_primitive(cell, symprec=symprec)
    assert primitive is not None, "its symmetry was found just before"
    operations = spglib.get_symmetry(primitive, symprec=symprec)
    assert operations is not None, "its symmetry was found just before"
    # Those that do not keep the translations split a sublattice, too.
    most = len(operations["rotations"]) * len(kinds) // len(primitive[2])
    if not splits and most <= len(images):
        return []
    return [
        ", ".join(one)
        for number, one in enumerate(alloy.sublattices)
        if merged.count(merged[number]) > 1
    ]


def _parse_sites(text: str, symbols: list[str], atoms: "Atoms") -> list[tuple[str, ...]]:
    """The species that may sit on each site of a file, in any order of theirs."""
    parts = [part.strip() for part in text.strip().strip(";").split(";")]
    if not any("=" in part for part in parts):
        if len(parts) != len(atoms):
            held = f": {', '.join(symbols[:12])}{', ...' if len(symbols) > 12 else ''}"
            raise WarehouseError(
                f"--sites {text}: {len(parts)} lists of species, and the parent lattice has "
                f"{len(atoms)} sites{held if symbols else ''}",
                hint=HINT
                if symbols
                else f"name the file of the ideal crystal with --parent; {HINT}",
            )
        of_sites = [_split(part, text) for part in parts]
        _refuse_other_order(text, symbols, of_sites)
        return of_sites
    named = dict[str, tuple[str, ...]]()
    for part in parts:
        element, equals, species = part.partition("=")
        element = element.strip().capitalize()
        if not equals or element not in symbols or element in named:
            raise WarehouseError(
                f"--sites {text}: {part!r} is no element of the file and the species on its sites, "
                f"or the second one; the file has {', '.join(dict.fromkeys(symbols)) or 'none'}",
                hint=HINT,
            )
        named[element] = _split(species, text)
    return [named.get(symbol, (symbol,)) for symbol in symbols]


def _refuse_other_order(
    text: str, symbols: Sequence[str], of_sites: Sequence[tuple[str, ...]]
) -> None:
    """Raise WarehouseError if an element of the file may be where another is, and not on its own.

    A site whose element may be nowhere, or where it is as well, is one of an example's.
    """
    misplaced = [
        (symbol, species)
        for symbol, species in zip(symbols, of_sites, strict=False)
        if symbol not in species
    ]
    elsewhere = set(chain(*(species for _, species in misplaced)))
    for symbol, species in misplaced:
        if symbol in elsewhere:
            raise WarehouseError(
                f"--sites {text}: a site with {symbol} in the file may hold {', '.join(species)} "
                f"alone, and {symbol} may be on another's",
                hint=f"keep to the order of the file: {', '.join(symbols)}",
            )


def _split(part: str, text: str) -> tuple[str, ...]:
    species = tuple(sorted(map(read_species, part.split(","))))
    if not all(species):
        raise WarehouseError(f"--sites {text}: {part!r} is no list of species", hint=HINT)
    return species


def _find_sublattice(alloy: Alloy, species: tuple[str, ...]) -> int:
    return int(np.flatnonzero([set(one) == set(species) for one in alloy.sublattices])[0])
