"""Files of many structures with their energies: extxyz and all else that ASE reads, ASE databases.

A structure is named by `structure_id` among its properties (`info` of a frame, a key of a
database's row), else by its number: in a file from 1, in a database its id.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.alloys.sources.rows import UNKNOWN_CALCULATOR, Refused, StructureRow, make_row, refuse
from ingest.alloys.structure_files import UNREADABLE
from warehouse.errors import WarehouseError, first_line
from warehouse.progress import Track

if TYPE_CHECKING:
    from ase import Atoms

DATABASES = (".db", ".json")


def read_frames(path: Path) -> Iterator[StructureRow | Refused]:
    """Every structure of a file that ASE reads; what is after damage cannot be told.

    Raises WarehouseError if not even a first structure can be read.
    """
    from ase.io import iread
    from ase.io.formats import UnknownFileTypeError

    frames = iread(path, index=":")
    number = 0
    while True:
        try:
            atoms = next(frames)
        except StopIteration:
            break
        except (*UNREADABLE, UnknownFileTypeError) as error:
            if number == 0:
                raise _unreadable(path, error) from error
            yield Refused(str(number + 1), f"{path.name} is damaged here: {first_line(error)}")
            break
        number += 1
        yield _to_row(
            str(atoms.info.get("structure_id", number)), atoms, atoms.info.get("calculator")
        )


def read_database(path: Path, track: Track) -> Iterator[StructureRow | Refused]:
    """Every structure of an ASE database.

    Raises WarehouseError if the file is none.
    """
    import ase.db

    try:
        rows = list(ase.db.connect(path).select())
    except UNREADABLE as error:
        raise _unreadable(path, error) from error
    for row in track(rows, f"read {path.name}"):
        name = str(row.get("structure_id", row.id))
        try:
            atoms = row.toatoms()
        except UNREADABLE as error:
            yield refuse(name, error)
        else:
            yield _to_row(name, atoms, row.get("calculator"))


def _to_row(name: str, atoms: "Atoms", calculator: str | None) -> StructureRow | Refused:
    from ase.units import GPa

    results = {} if atoms.calc is None else atoms.calc.results
    stress = results.get("stress")
    try:
        return make_row(
            name,
            atoms,
            results.get("energy", results.get("free_energy")),
            calculator=str(calculator or getattr(atoms.calc, "name", None) or UNKNOWN_CALCULATOR),
            forces=results.get("forces"),
            # ASE's stress is in eV/Å³ and negative where the cell would expand.
            stress=None if stress is None else stress / (-0.1 * GPa),
        )
    except ValueError as error:
        return refuse(name, error)


def _unreadable(path: Path, error: Exception) -> WarehouseError:
    return WarehouseError(
        f"{path} holds no structures that can be read: {first_line(error)}",
        hint="give an extxyz file, an ASE database, a folder of VASP runs, or a CSV or Parquet "
        "index with the columns file and total_energy",
    )
