"""A table of energies beside structure files: CSV, however it is written, or Parquet.

Columns: `file`, a structure file relative to the table's folder; `total_energy`, eV for the
cell; and, if wanted, `structure_id` (else the file's path names the structure), `calculator`,
`functional` and `settings`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ingest.alloys.sources.energies import LOOKS_LIKE_ENERGY, EnergyChoice
from ingest.alloys.sources.rows import (
    SPECIES_IN_COMMENT,
    UNKNOWN_CALCULATOR,
    Calculation,
    Refused,
    StructureRow,
    make_row,
    refuse,
)
from warehouse.crystals.structure_files import (
    UNREADABLE,
    names_species_in_comment,
    read_structure_file,
)
from warehouse.crystals.text_tables import NAME_COLUMNS, read_index_table
from warehouse.errors import WarehouseError, first_line
from warehouse.progress import Track

ENERGY_COLUMN = "total_energy"


def read_index(path: Path, choice: EnergyChoice, track: Track) -> Iterator[StructureRow | Refused]:
    """Every structure of an index.

    Raises WarehouseError if the table cannot be read or lacks a column.
    """
    index = _read_table(path)
    energy = (choice.key or ENERGY_COLUMN).strip().lower()
    if missing := {"file", energy} - set(index.columns):
        raise WarehouseError(
            f"{path} has no column {', '.join(sorted(missing))}; it has {', '.join(index.columns)}",
            hint=_hint(index.columns),
        )
    for entry in track(index.rows(named=True), f"read the files of {path.name}"):
        yield _read_entry(path.parent, entry, energy, choice)


def _hint(columns: list[str]) -> str:
    energies = [name for name in columns if LOOKS_LIKE_ENERGY.search(name)]
    offer = f"; or choose the energy with --energy {energies[0]}" if energies else ""
    return (
        "name the columns file (relative to the table's folder) and total_energy (eV for the "
        f"whole cell); structure_id and calculator may stand beside them{offer}"
    )


def _read_table(path: Path) -> pl.DataFrame:
    """The table with columns of text, their names in lower case."""
    try:
        return read_index_table(path)
    except UNREADABLE as error:
        raise WarehouseError(
            f"{path} is no table that can be read: {first_line(error)[:300]}",
            hint="write it as CSV with a header, or as Parquet",
        ) from error


def _read_entry(
    folder: Path, entry: dict[str, Any], energy: str, choice: EnergyChoice
) -> StructureRow | Refused:
    file = str(entry["file"] or "").strip()
    named = [str(entry[name]) for name in NAME_COLUMNS if entry.get(name) not in (None, "")]
    name = named[0] if named else file or "(no file)"
    if not file:
        return Refused(name, "its file is missing in the index")
    try:
        atoms = read_structure_file(folder / file)
        calculation = Calculation(
            calculator=str(entry.get("calculator") or UNKNOWN_CALCULATOR),
            functional=entry.get("functional") or entry.get("xc"),
            settings=entry.get("settings"),
        )
        row = make_row(name, atoms, choice.scale(entry[energy], len(atoms), energy), calculation)
        doubt = SPECIES_IN_COMMENT if names_species_in_comment(folder / file) else ""
        return row | {"doubt": doubt}
    except WarehouseError as error:
        return Refused(name, error.message.replace(str(folder / file), file))
    except UNREADABLE as error:
        return refuse(name, error)
