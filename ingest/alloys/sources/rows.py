"""What every source gives: rows of `alloy_structures`, and what it had to refuse."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.crystals.bounds import clean_text
from warehouse.errors import first_line
from warehouse.storage.validation import REFUSED_SCHEMA
from warehouse.tables import MAX_SITES, AlloyStructures

if TYPE_CHECKING:
    from ase import Atoms

StructureRow = dict[str, Any]

UNKNOWN_CALCULATOR = "not stated"
NO_NUMBER = ("", "none", "null", "n/a", "na", "-")
"""How texts say that there is no energy."""
PASSED_OVER = "passed over: "
"""How the reason begins of a folder or file that another run stands for."""
SCOPE = f"elements on one lattice, an atom on every site, at most {MAX_SITES:,} atoms in a cell"
"""What can be mapped, unless sites and vacancies are told."""
SCOPE_ON_SITES = f"the species on the sites that were told, at most {MAX_SITES:,} atoms in a cell"
"""Likewise if they are."""
SPECIES_IN_COMMENT = (
    "its elements are those of the comment in its first line; a line of them before the numbers of "
    "atoms would say for sure"
)
"""What may be wrong with a structure that is read all the same."""
VACANT = "vacancies: a site without an atom, and every site needs one"
LEAST_VOLUME, LARGEST_VOLUME = 0.1, 1e6
"""Å³ per atom, beyond which a cell is none of a crystal and numbers lose their digits."""
LONGEST_NAME = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What would break a line or speak to a terminal."""


@dataclass(frozen=True)
class Refused:
    """A structure that a source has but that is no row, and why."""

    structure_id: str
    reason: str
    outside: str = ""
    """Why it is out of scope, in the same words for all; empty if it is not."""


@dataclass(frozen=True)
class SourceStructures:
    """Rows of `alloy_structures`, and what was refused (columns `row` as JSON, `reason`).

    `outside` counts what is out of scope, by why; `doubts` has what may be wrong with rows, and the
    structures of each.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    outside: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Calculation:
    """What a source tells of how an energy was calculated; None where it does not.

    `forces` (n_atoms, 3) in eV/Å, `stress` (6,) as xx, yy, zz, yz, xz, xy in kbar, positive where
    the cell would expand; the other fields are columns of `alloy_structures`.
    """

    calculator: str = UNKNOWN_CALCULATOR
    forces: ArrayLike | None = None
    stress: Iterable[float] | None = None
    functional: str | None = None
    settings: str | None = None
    energy_kind: str | None = None
    relaxation: str | None = None
    initial: "Atoms | None" = field(default=None, compare=False)


def refuse(structure_id: str, error: Exception) -> Refused:
    """Refuse a structure for what went wrong when it was read."""
    if isinstance(error, MemoryError):
        return Refused(structure_id, "reading it takes too much memory")
    reason = first_line(error)[:500] or type(error).__name__
    return Refused(structure_id, reason, getattr(error, "outside", ""))


def make_row(
    structure_id: str,
    atoms: "Atoms",
    total_energy: object,
    calculation: Calculation | None = None,
) -> StructureRow:
    """A row of `alloy_structures` but for its alloy and source.

    `total_energy` in eV for the cell. Raises ValueError if the structure is not periodic, or has
    no energy, or a position that is no number.
    """
    told = calculation or Calculation()
    energy = parse_energy(total_energy)
    if not len(atoms) or not atoms.pbc.all() or not abs(atoms.get_volume()) > 0:
        raise ValueError(
            f"not a crystal: {len(atoms)} atoms, periodic in {atoms.pbc.sum()} directions"
        )
    if not np.isfinite(atoms.positions).all() or not np.isfinite(atoms.cell.array).all():
        raise ValueError("a position or cell vector is no number")
    if not LEAST_VOLUME < abs(atoms.get_volume()) / len(atoms) < LARGEST_VOLUME:
        raise ValueError(f"its volume is {abs(atoms.get_volume()) / len(atoms):.3g} Å³ per atom")
    initial = told.initial
    return {
        "structure_id": structure_id,
        "cell": atoms.cell.array.tolist(),
        # Ten decimals are free of a product's last-bit noise.
        "positions": atoms.positions.round(10).tolist(),
        "symbols": atoms.get_chemical_symbols(),
        "total_energy": energy,
        "volume": abs(float(atoms.get_volume())),
        "max_force": _largest(told.forces),
        "stress": _voigt(told.stress),
        "calculator": told.calculator,
        "functional": told.functional,
        "settings": told.settings,
        "energy_kind": told.energy_kind,
        "relaxation": told.relaxation,
        "initial_cell": None if initial is None else initial.cell.array.tolist(),
        "initial_positions": None if initial is None else initial.positions.round(10).tolist(),
    }


def parse_energy(value: object) -> float:
    """An energy that a source gives, in whatever type; raises ValueError if it is none."""
    if value is None or (isinstance(value, str) and value.strip().lower() in NO_NUMBER):
        raise ValueError("its energy is missing")
    try:
        energy = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        shown = clean_text(str(value))[:60]
        raise ValueError(f"its energy is {shown!r}, which is no plain number") from error
    if not np.isfinite(energy):
        raise ValueError(f"its energy is {energy}")
    return energy


def sort_out(
    found: Iterable[StructureRow | Refused], alloy: Alloy, source: str
) -> SourceStructures:
    """Rows of `alloy`, and as refused what has other elements or is no row."""
    items, source = list(found), clean_text(source)
    counts = Counter(item["structure_id"] for item in items if not isinstance(item, Refused))
    rows: list[StructureRow] = []
    rejected: list[StructureRow] = []
    outside: Counter[str] = Counter()
    doubts: dict[str, list[str]] = {}
    for item in items:
        fault: Refused | None
        if isinstance(item, Refused):
            row, fault = {"structure_id": item.structure_id}, item
        else:
            row = _without_vacancies(item) if alloy.has_vacancies else item
            fault = _find_fault(row, alloy, counts)
        doubt = row.pop("doubt", "")
        row = {"alloy": alloy.name, "source": source, **row}
        row["structure_id"] = CONTROL.sub("_", clean_text(row["structure_id"]))[:LONGEST_NAME]
        if fault:
            rejected.append({"row": json.dumps(row), "reason": clean_text(fault.reason)})
            outside[fault.outside] += 1
        else:
            rows.append(row)
            if doubt:
                doubts.setdefault(doubt, []).append(row["structure_id"])
    return SourceStructures(
        pl.DataFrame(rows, schema=AlloyStructures.create_empty().schema),
        pl.DataFrame(rejected, schema=REFUSED_SCHEMA),
        {why: count for why, count in outside.most_common() if why},
        doubts,
    )


def _find_fault(row: StructureRow, alloy: Alloy, counts: Mapping[str, int]) -> Refused | None:
    name = row["structure_id"]
    if VACANCY in row["symbols"]:
        return Refused(name, VACANT, "with vacancies")
    if not row["symbols"]:
        return Refused(name, "it has no atom")
    if foreign := sorted(set(row["symbols"]) - set(alloy.elements)):
        reason = f"{', '.join(foreign)} in a structure of {' and '.join(alloy.elements)}"
        return Refused(name, reason, "with other elements")
    if (n_atoms := len(row["symbols"])) > MAX_SITES:
        reason = f"{n_atoms} atoms, and a cell here has at most {MAX_SITES:,}"
        return Refused(name, reason, f"of more than {MAX_SITES:,} atoms")
    if counts[name] > 1:
        return Refused(name, "another structure of the source has the same structure_id")
    return None


def _without_vacancies(row: StructureRow) -> StructureRow:
    """The row less the atoms X that stand for vacant sites, as icet and ASE write them."""
    is_atom = [symbol != VACANCY for symbol in row["symbols"]]
    if all(is_atom):
        return row
    kept = {"symbols", "positions", "initial_positions"}
    return {
        key: [part for part, there in zip(value, is_atom, strict=True) if there]
        if key in kept and value is not None
        else value
        for key, value in row.items()
    }


def _largest(forces: ArrayLike | None) -> float | None:
    """Largest norm of `forces` (n_atoms, 3); None if one of them is no number."""
    if forces is None:
        return None
    try:
        norms = np.linalg.norm(np.asarray(forces, dtype=float).reshape(-1, 3), axis=1)
    except (TypeError, ValueError):
        return None
    return float(norms.max().round(10)) if len(norms) and np.isfinite(norms).all() else None


def _voigt(stress: ArrayLike | Iterable[float] | None) -> list[float] | None:
    """Six numbers of a stress of six or nine; None if it has others, or one is no number."""
    if stress is None:
        return None
    try:
        numbers = np.asarray(stress, dtype=float)
    except (TypeError, ValueError):
        return None
    if numbers.size == 9:
        matrix = numbers.reshape(3, 3)
        numbers = matrix[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    if numbers.shape != (6,) or not np.isfinite(numbers).all():
        return None
    return [round(float(part), 8) for part in numbers]
