"""ASE databases, SQLite and JSON: each row for itself, so that a damaged one is refused alone.

Only tables are read, never views: a view can be any query, without an end.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.frames import NAMES, name_frames, row_of_atoms, unreadable
from ingest.alloys.sources.rows import (
    PASSED_OVER,
    UNKNOWN_CALCULATOR,
    Calculation,
    Refused,
    StructureRow,
    refuse,
)
from warehouse.crystals.bounds import ReadingError, check_regular, read_text
from warehouse.crystals.limits import bounded
from warehouse.crystals.structure_files import UNREADABLE
from warehouse.progress import Track

if TYPE_CHECKING:
    from ase.db.row import AtomsRow

    Load = Callable[[str], AtomsRow]

DATABASES = (".db", ".json")
LARGEST_JSON = 150_000_000
"""Bytes of a JSON database: it is read whole."""
FUNCTIONALS = ("functional", "xc", "xc_functional", "GGA", "gga")
SETTINGS = ("encut", "ENCUT", "ecut", "cutoff", "kspacing", "ispin", "prec", "setups", "mode")


def read_database(
    path: Path, choice: EnergyChoice, track: Track
) -> Iterator[StructureRow | Refused]:
    """Every structure of an ASE database.

    Raises WarehouseError if the file is none.
    """
    try:
        check_regular(path)
        keys, load = _open_json(path) if path.suffix == ".json" else _open_sqlite(path)
    except UNREADABLE as error:
        raise unreadable(path, error) from error
    entries = [_read_row(key, load, choice) for key in track(keys, f"read {path.name}")]
    yield from name_frames(entries)


def _read_row(
    key: str, load: "Load", choice: EnergyChoice
) -> tuple[dict[str, str], StructureRow | Refused]:
    names: dict[str, str] = {}
    try:
        with bounded():
            row = load(key)
            names = {name: str(row[name]) for name in NAMES if name in row._keys}
            if row.get("struct_type") == "initial" and row.get("final_struct_id"):  # CLEASE's
                relaxed = row["final_struct_id"]
                return names, Refused(key, f"{PASSED_OVER}row {relaxed} is its relaxed structure")
            atoms = row.toatoms()
            atoms.info.update({name: row[name] for name in row._keys})
        return names, row_of_atoms(key, atoms, choice, _describe(row))
    except UNREADABLE as error:
        return names, refuse(key, error)


def _describe(row: "AtomsRow") -> Calculation:
    """What the row tells of its calculation, by keys of its own or its calculator's parameters."""
    parameters = row.get("calculator_parameters")
    told: dict[str, Any] = {**(parameters if isinstance(parameters, dict) else {})}
    told |= {name: row[name] for name in row._keys}
    found = {name: told[name] for name in SETTINGS if isinstance(told.get(name), int | float | str)}
    functional = next((str(told[name]) for name in FUNCTIONALS if told.get(name)), None)
    return Calculation(
        calculator=str(row.get("calculator") or UNKNOWN_CALCULATOR),
        functional=functional,
        settings="; ".join(f"{name.upper()}={value}" for name, value in found.items()) or None,
    )


def _open_json(path: Path) -> "tuple[list[str], Load]":
    """Keys of the rows of a JSON database, and what reads one."""
    from ase.db.row import AtomsRow
    from ase.io.jsonio import decode

    with bounded():
        entries = json.loads(read_text(path, LARGEST_JSON))
    keys = [key for key in entries if key.isdigit()] if isinstance(entries, dict) else []
    if not keys:
        raise ReadingError("it is JSON, but no ASE database")

    def load(key: str) -> AtomsRow:
        return AtomsRow({**decode(json.dumps(entries[key])), "id": int(key)})

    return keys, load


def _open_sqlite(path: Path) -> "tuple[list[str], Load]":
    """Keys of the rows of an SQLite database, and what reads one."""
    import ase.db

    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        held = connection.execute("select name, type, coalesce(sql, '') from sqlite_master")
        kinds = {
            name: "virtual" if sql.lower().startswith("create virtual") else kind
            for name, kind, sql in held.fetchall()
        }
        if "systems" not in kinds:
            raise ReadingError("it is SQLite, but no ASE database")
        if odd := sorted(name for name, kind in kinds.items() if kind not in ("table", "index")):
            raise ReadingError(f"{', '.join(odd[:3])} in it is no plain table, and is not read")
        keys = [str(key) for (key,) in connection.execute("select id from systems order by id")]
    database = ase.db.connect(path)
    return keys, lambda key: database.get(id=int(key))
