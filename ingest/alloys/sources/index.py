"""A table of energies beside structure files: CSV or Parquet.

Columns: `file`, a structure file relative to the table's folder; `total_energy`, eV for the
cell; and, if wanted, `structure_id` (else the file's path names the structure) and `calculator`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ingest.alloys.sources.rows import UNKNOWN_CALCULATOR, Refused, StructureRow, make_row, refuse
from ingest.alloys.structure_files import read_structure_file
from warehouse.errors import WarehouseError, first_line
from warehouse.progress import Track

INDEXES = (".csv", ".parquet")
ENERGY_COLUMN = "total_energy"
NEEDED_COLUMNS = {"file", ENERGY_COLUMN}


def read_index(path: Path, track: Track) -> Iterator[StructureRow | Refused]:
    """Every structure of an index.

    Raises WarehouseError if the table cannot be read or lacks a column.
    """
    index = _read_table(path)
    if missing := NEEDED_COLUMNS - set(index.columns):
        raise WarehouseError(
            f"{path} has no column {', '.join(sorted(missing))}; it has {', '.join(index.columns)}",
            hint="name the columns file (relative to the table's folder) and total_energy (eV "
            "for the whole cell); structure_id and calculator may stand beside them",
        )
    for entry in track(index.rows(named=True), f"read the files of {path.name}"):
        yield _read_entry(path.parent, entry)


def _read_table(path: Path) -> pl.DataFrame:
    texts = {name: pl.String() for name in ("structure_id", "calculator", "file", ENERGY_COLUMN)}
    try:
        if path.suffix == ".parquet":
            table = pl.read_parquet(path)
        else:
            table = pl.read_csv(path, schema_overrides=texts, infer_schema_length=None)
        return table.with_columns(
            pl.col(name).cast(pl.String) for name in texts if name in table.columns
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WarehouseError(
            f"{path} is no table that can be read: {first_line(error)}",
            hint="write it as CSV with a header, or as Parquet",
        ) from error


def _read_entry(folder: Path, entry: dict[str, Any]) -> StructureRow | Refused:
    name = entry.get("structure_id") or entry["file"] or "(no file)"
    if not entry["file"]:
        return Refused(name, "its file is missing in the index")
    try:
        return make_row(
            name,
            read_structure_file(folder / entry["file"]),
            _parse_energy(entry[ENERGY_COLUMN]),
            calculator=entry.get("calculator") or UNKNOWN_CALCULATOR,
        )
    except WarehouseError as error:
        return Refused(name, error.message.replace(str(folder / entry["file"]), entry["file"]))
    except ValueError as error:
        return refuse(name, error)


def _parse_energy(text: str | None) -> float | None:
    """The energy in an index; raises ValueError for what is no number."""
    try:
        return None if text is None else float(text)
    except ValueError as error:
        raise ValueError(f"its energy is {text!r}, which is no plain number") from error
