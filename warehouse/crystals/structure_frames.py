"""Every structure of a file, whatever its format, without asking for an energy."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.crystals.bounds import ReadingError, check_regular, read_lines
from warehouse.crystals.extxyz_frames import is_extxyz, read_extxyz_frame, split_extxyz
from warehouse.crystals.limits import bounded
from warehouse.crystals.structure_files import UNREADABLE, read_structure_file
from warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    from ase import Atoms

OF_ONE_RELAXATION = ("vasp-xml", "vasp-out")
"""Formats whose structures are steps of one calculation, of which the last counts."""
LARGEST_FILE = 500_000_000
"""Bytes of a file that another library reads whole."""


def read_structures_of(path: Path) -> "Iterator[Atoms | ReadingError]":
    """Structures of a file that ASE or pymatgen reads; of a relaxation the last.

    A frame of extxyz that is damaged is an error in its place, and the others are read. Raises
    ReadingError if the file is none, or breaks off.
    """
    try:
        if (size := check_regular(path)) > LARGEST_FILE:
            raise ReadingError(f"has {size / 1e6:,.0f} MB; write it as several")
        yield from _read_extxyz(path) if is_extxyz(path) else _read_other(path)
    except WarehouseError as error:
        raise ReadingError(error.message) from error
    except UNREADABLE as error:
        raise ReadingError(first_line(error)[:300] or type(error).__name__) from error


def _read_extxyz(path: Path) -> "Iterator[Atoms | ReadingError]":
    for frame in split_extxyz(read_lines(path)):
        if frame.fault:
            yield ReadingError(frame.fault)
            continue
        try:
            yield read_extxyz_frame(frame.text)
        except UNREADABLE as error:
            yield ReadingError(first_line(error)[:300])


def _read_other(path: Path) -> "Iterator[Atoms]":
    from ase.io import iread
    from ase.io.formats import UnknownFileTypeError, filetype

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ASE warns of much in a CIF that changes nothing.
        try:
            with bounded():
                kind = filetype(str(path))
        except (*UNREADABLE, UnknownFileTypeError):
            kind = ""
        if kind in ("", *OF_ONE_RELAXATION):
            yield read_structure_file(path)
            return
        with bounded():
            source = iter(iread(path, index=":"))
        while True:
            with bounded():
                atoms = next(source, None)
            if atoms is None:
                return
            yield atoms
