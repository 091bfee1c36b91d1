"""Frames of files of many structures: their names, their energies, and other formats of ASE.

A frame is named by `structure_id` among its properties; else by `config_id` or `name`, if every
frame has one of its own; else by its number from 1.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.rows import (
    PASSED_OVER,
    UNKNOWN_CALCULATOR,
    Calculation,
    Refused,
    StructureRow,
    make_row,
    refuse,
)
from warehouse.crystals.bounds import ReadingError, check_regular
from warehouse.crystals.limits import bounded
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    from ase import Atoms

NAMES = ("structure_id", "config_id", "name", "label", "id")
LARGEST_FILE = 500_000_000
"""Bytes of a file that another library reads whole."""


def read_other_frames(path: Path, choice: EnergyChoice) -> Iterator[StructureRow | Refused]:
    """Every structure of a file of another format that ASE reads, such as a trajectory.

    Raises WarehouseError if not even a first structure can be read.
    """
    from ase.io import iread
    from ase.io.formats import UnknownFileTypeError

    frames: list[tuple[dict[str, str], StructureRow | Refused]] = []
    try:
        if (size := check_regular(path)) > LARGEST_FILE:
            raise ReadingError(f"has {size / 1e6:,.0f} MB; write it as extxyz")
        with bounded():
            source = iter(iread(path, index=":"))
        while True:
            with bounded():
                atoms = next(source, None)
            if atoms is None:
                break
            names = {name: str(atoms.info[name]) for name in NAMES if name in atoms.info}
            frames.append((names, row_of_atoms(str(len(frames) + 1), atoms, choice)))
    except (*UNREADABLE, UnknownFileTypeError) as error:
        if not frames:
            raise unreadable(path, error) from error
        reason = f"{path.name} is damaged here: {first_line(error)}"
        frames.append(({}, Refused(str(len(frames) + 1), reason)))
    yield from name_frames(frames)


def name_frames(
    frames: Iterable[tuple[dict[str, str], StructureRow | Refused]],
) -> Iterator[StructureRow | Refused]:
    """Frames by the first name that all of them have, each its own; else they keep their number."""
    frames = list(frames)
    chosen = _choose_name([names for names, item in frames if not _is_passed(item)])
    for names, item in frames:
        name = names.get(chosen)
        if name is None:
            yield item
        elif isinstance(item, Refused):
            yield Refused(name, item.reason, item.outside)
        else:
            yield {**item, "structure_id": name}


def _choose_name(frames: list[dict[str, str]]) -> str:
    """The key that tells frames apart; a name that all of them share tells nothing."""
    for key in NAMES:
        values = Counter(names.get(key) for names in frames)
        is_told = key == "structure_id" and len(values) > 1 and set(values) != {None}
        if is_told or (None not in values and max(values.values(), default=0) == 1):
            return key
    return ""


def _is_passed(item: StructureRow | Refused) -> bool:
    return isinstance(item, Refused) and item.reason.startswith(PASSED_OVER)


def row_of_atoms(
    name: str, atoms: "Atoms", choice: EnergyChoice, calculation: Calculation | None = None
) -> StructureRow | Refused:
    """The row of a structure that ASE read, its energy and its calculator's results with it."""
    from ase.units import GPa

    results: dict[str, Any] = {} if atoms.calc is None else dict(atoms.calc.results)
    told = {key: str(value) for key, value in atoms.info.items() if isinstance(value, str)}
    stress = results.get("stress")
    try:
        energy, kind = choice.pick({**atoms.info, **results}, len(atoms))
        calculator = told.get("calculator") or getattr(atoms.calc, "name", None)
        known = calculation or Calculation(
            calculator=str(calculator or UNKNOWN_CALCULATOR),
            functional=told.get("functional") or told.get("xc"),
            settings=told.get("settings"),
        )
        known = Calculation(
            **{
                **vars(known),
                "forces": results.get("forces"),
                # ASE's stress is in eV/Å³ and negative where the cell would expand.
                "stress": None if stress is None else stress / (-0.1 * GPa),
                "energy_kind": kind,
            }
        )
        return make_row(name, atoms, energy, known)
    except (TypeError, ValueError) as error:
        return refuse(name, error)


def unreadable(path: Path, error: Exception) -> WarehouseError:
    """That a file is no source of structures, and what is one."""
    why = "it takes too much memory" if isinstance(error, MemoryError) else first_line(error)
    return WarehouseError(
        f"{path} holds no structures that can be read: {why[:300]}",
        hint="give an extxyz file, an ASE database, a folder of VASP runs, or a CSV or Parquet "
        "index with the columns file and total_energy",
    )
