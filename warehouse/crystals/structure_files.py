"""Structure files, read by ASE, and the ways in which a file can turn out to be none."""

import sqlite3
import struct
import warnings
import zlib
from lzma import LZMAError
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from warehouse.crystals.bounds import ReadingError, open_bounded, read_text
from warehouse.crystals.limits import bounded
from warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    from ase import Atoms

UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
    sqlite3.Error,
    struct.error,
    zlib.error,
    LZMAError,
    ExpatError,
)
"""What readers raise on a file that is damaged or of another format (XML's is a SyntaxError)."""


NAMELESS = "a POSCAR without elements: write them into a line before the numbers of atoms"
LARGEST_FILE = 30_000_000
"""Bytes of a file of one structure, unpacked; a supercell of 62 atoms has some thousands."""


def read_structure_file(path: Path) -> "Atoms":
    """The last structure in a file of any format that ASE or pymatgen reads, compressed or not.

    Both look at the file's content first. Raises WarehouseError if there is none.
    """
    from ase import Atoms
    from ase.io import read
    from ase.io.formats import UnknownFileTypeError

    try:
        _check_size(path)
        with warnings.catch_warnings(), bounded():
            warnings.simplefilter("ignore")  # ASE warns of much in a CIF that changes nothing.
            try:
                atoms = read(path)
            except UnknownFileTypeError:
                atoms = _read_by_pymatgen(path)
    except UNREADABLE as error:
        reason = NAMELESS if names_species_in_comment(path) else first_line(error)[:300]
        raise WarehouseError(
            f"{path} is no structure that can be read: {reason}",
            hint="give a file that ASE or pymatgen reads, such as POSCAR, CIF or extxyz",
        ) from error
    assert isinstance(atoms, Atoms)
    return atoms


def names_species_in_comment(path: Path) -> bool:
    """Whether a file is a POSCAR of VASP 4, whose first line, a comment, alone can tell elements.

    Its sixth line has the numbers of atoms, where VASP 5 has the elements.
    """
    try:
        lines = read_text(path, LARGEST_FILE).splitlines()[:6]
        vectors = [[float(number) for number in line.split()] for line in lines[1:5]]
        counts = lines[5].split()
    except UNREADABLE:
        return False
    is_cell = [len(vector) for vector in vectors[1:]] == [3, 3, 3]
    return is_cell and bool(counts) and all(count.isdecimal() for count in counts)


def _check_size(path: Path) -> None:
    with open_bounded(path) as file:
        n_read = 0
        while piece := file.read(1 << 20):
            n_read += len(piece)
            if n_read > LARGEST_FILE:
                raise ReadingError(f"has more than {LARGEST_FILE / 1e6:g} MB")


def _read_by_pymatgen(path: Path) -> "Atoms":
    """A structure that only its content tells: POSCAR, CIF, or pymatgen's own JSON and YAML."""
    from pymatgen.core.structure import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    text = read_text(path, LARGEST_FILE)
    first = text.lstrip()[:1]
    if first in ("{", "["):
        structure = Structure.from_str(text, fmt="json")
    elif "_cell_length_a" in text:
        structure = Structure.from_str(text, fmt="cif")
    else:
        structure = Structure.from_str(text, fmt="poscar")
    atoms: Atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    return atoms
