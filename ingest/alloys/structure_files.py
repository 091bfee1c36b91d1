"""Structure files, read by ASE, and the ways in which a file can turn out to be none."""

import sqlite3
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    from ase import Atoms

UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
    sqlite3.Error,
    zlib.error,
)
"""What readers raise on a file that is damaged or of another format (XML's is a SyntaxError)."""


def read_structure_file(path: Path) -> "Atoms":
    """The last structure in a file of any format that ASE reads, compressed or not.

    Raises WarehouseError if there is none.
    """
    from ase import Atoms
    from ase.io import read
    from ase.io.formats import UnknownFileTypeError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ASE warns of much in a CIF that changes nothing.
            atoms = read(path)
    except (*UNREADABLE, UnknownFileTypeError) as error:
        raise WarehouseError(
            f"{path} is no structure that can be read: {first_line(error)}",
            hint="give a file that ASE reads, such as POSCAR, CIF or extxyz",
        ) from error
    assert isinstance(atoms, Atoms)
    return atoms
