"""What every source gives: rows of `alloy_structures`, and what it had to refuse."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from warehouse.conventions.alloys import Alloy
from warehouse.errors import first_line
from warehouse.storage.validation import REFUSED_SCHEMA
from warehouse.tables import AlloyStructures

if TYPE_CHECKING:
    from ase import Atoms

StructureRow = dict[str, Any]

UNKNOWN_CALCULATOR = "not stated"
VACANCY = "X"
"""The symbol that ASE gives to a site without an atom."""


@dataclass(frozen=True)
class Refused:
    """A structure that a source has but that is no row, and why."""

    structure_id: str
    reason: str


@dataclass(frozen=True)
class SourceStructures:
    """Rows of `alloy_structures`, and what was refused (columns `row` as JSON, `reason`)."""

    rows: pl.DataFrame
    rejected: pl.DataFrame


def refuse(structure_id: str, error: Exception) -> Refused:
    """Refuse a structure for what went wrong when it was read."""
    return Refused(structure_id, first_line(error) or type(error).__name__)


def make_row(
    structure_id: str,
    atoms: "Atoms",
    total_energy: float | None,
    *,
    calculator: str = UNKNOWN_CALCULATOR,
    forces: ArrayLike | None = None,
    stress: Iterable[float] | None = None,
) -> StructureRow:
    """A row of `alloy_structures` but for its alloy and source.

    `total_energy` in eV for the cell, `forces` (n_atoms, 3) in eV/Å, `stress` (6,) as xx, yy,
    zz, yz, xz, xy in kbar, positive where the cell would expand. Raises ValueError if the
    structure is not periodic, has vacancies or no energy.
    """
    if total_energy is None or not np.isfinite(total_energy):
        raise ValueError(f"its energy is {'missing' if total_energy is None else total_energy}")
    if not len(atoms) or not atoms.pbc.all() or not abs(atoms.get_volume()) > 0:
        raise ValueError(
            f"not a crystal: {len(atoms)} atoms, periodic in {atoms.pbc.sum()} directions"
        )
    if VACANCY in atoms.get_chemical_symbols():
        raise ValueError("vacancies: a site without an atom, and every site needs one")
    return {
        "structure_id": structure_id,
        "cell": atoms.cell.array.tolist(),
        # Ten decimals are free of a product's last-bit noise.
        "positions": atoms.positions.round(10).tolist(),
        "symbols": atoms.get_chemical_symbols(),
        "total_energy": float(total_energy),
        "volume": abs(float(atoms.get_volume())),
        "max_force": None if forces is None else _largest(forces),
        "stress": None if stress is None else [round(float(part), 8) for part in stress],
        "calculator": calculator,
    }


def sort_out(
    found: Iterable[StructureRow | Refused], alloy: Alloy, source: str
) -> SourceStructures:
    """Rows of `alloy`, and as refused what has other elements or is no row."""
    items = list(found)
    counts = Counter(item["structure_id"] for item in items if not isinstance(item, Refused))
    rows: list[StructureRow] = []
    rejected: list[StructureRow] = []
    for item in items:
        if isinstance(item, Refused):
            row, fault = {"structure_id": item.structure_id}, item.reason
        else:
            row, fault = item, _find_fault(item, alloy, counts)
        row = {"alloy": alloy.name, "source": source, **row}
        if fault:
            rejected.append({"row": json.dumps(row), "reason": fault})
        else:
            rows.append(row)
    return SourceStructures(
        pl.DataFrame(rows, schema=AlloyStructures.create_empty().schema),
        pl.DataFrame(rejected, schema=REFUSED_SCHEMA),
    )


def _find_fault(row: StructureRow, alloy: Alloy, counts: Mapping[str, int]) -> str:
    if foreign := sorted(set(row["symbols"]) - set(alloy.elements)):
        return f"{', '.join(foreign)} in a structure of {' and '.join(alloy.elements)}"
    if counts[row["structure_id"]] > 1:
        return "another structure of the source has the same structure_id"
    return ""


def _largest(forces: ArrayLike) -> float:
    return float(np.linalg.norm(np.asarray(forces, dtype=float), axis=1).max().round(10))
