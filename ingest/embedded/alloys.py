"""Relaxed binary alloys out of pyclupan's ternary Cu–Ag–Au example."""

import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from warehouse.conventions.alloys import Alloy

ALLOYS = tuple(map(Alloy, combinations(("Ag", "Au", "Cu"), 2)))
FOLDER = ("examples", "Cu-Ag-Au", "DFT")
CALCULATOR = "VASP PAW PBE"
VOIGT_ORDER = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


def build_alloy_structures(sdist: Path) -> pl.DataFrame:
    """Read every structure of one or two elements, the pure ones once for each alloy.

    Raises ValueError if a file lacks a block, or has unexpected atoms or pseudopotentials.
    """
    calculations = _read_calculations(sdist)
    rows = []
    for structure_id in sorted(calculations, key=lambda name: [*map(int, name.split("-"))]):
        try:
            row = parse_calculation(calculations[structure_id]["vasprun.xml"])
            _check(row, calculations[structure_id]["POSCAR"])
        except ValueError as error:
            raise ValueError(f"{structure_id}: {error}") from error
        row = {"structure_id": structure_id, "source": "pyclupan", **row}
        elements = set(row["symbols"])
        rows += [{"alloy": alloy.name, **row} for alloy in ALLOYS if elements <= {*alloy.elements}]
    return pl.DataFrame(rows).sort("alloy", maintain_order=True)


def _read_calculations(sdist: Path) -> dict[str, dict[str, str]]:
    """Map structure_id to the texts of its files by name."""
    texts: dict[str, dict[str, str]] = {}
    with tarfile.open(sdist) as archive:
        for member in archive:
            path = Path(member.name)
            file = archive.extractfile(member)
            if file is not None and path.parts[1:4] == FOLDER:
                texts.setdefault(path.parent.name, {})[path.name] = file.read().decode()
    return texts


def parse_calculation(vasprun: str) -> dict[str, Any]:
    """Read the last ionic step of a reduced vasprun.xml, in VASP's own units and order of atoms.

    Such a file holds one <calculation> with energies, forces, stress, the final structure and
    the table of atoms, and nothing else. Raises ValueError if one of them is missing, and
    ElementTree's ParseError if it is not XML.
    """
    calculation = _find(ET.fromstring(vasprun), "calculation")
    structure = _find(calculation, "structure[@name='finalpos']")
    crystal = _find(structure, "crystal")
    potentials = _read_cells(calculation, "atomtypes", column=4)
    is_pbe = all(title.startswith("PAW_PBE ") for title in potentials)

    cell = _read_vectors(crystal, "basis")
    forces = _read_vectors(calculation, "forces")
    stress = _read_vectors(calculation, "stress")
    # Ten decimals: two more than the file has, and free of a product's last-bit noise.
    return {
        "cell": cell.tolist(),
        "positions": (_read_vectors(structure, "positions") @ cell).round(10).tolist(),
        "symbols": _read_cells(calculation, "atoms", column=0),
        "total_energy": _read_number(calculation, "energy/i[@name='e_fr_energy']"),
        "volume": _read_number(crystal, "i[@name='volume']"),
        "max_force": float(np.linalg.norm(forces, axis=1).max().round(10)),
        "stress": [float(stress[row_column]) for row_column in VOIGT_ORDER],
        "calculator": CALCULATOR if is_pbe else f"VASP {', '.join(potentials)}",
    }


def _check(row: Mapping[str, Any], poscar: str) -> None:
    lines = poscar.splitlines()
    counts = zip(lines[5].split(), lines[6].split(), strict=True)
    expected = [symbol for symbol, count in counts for _ in range(int(count))]
    if row["symbols"] != expected:
        raise ValueError(f"vasprun.xml has atoms {row['symbols']}, POSCAR has {expected}")
    if row["calculator"] != CALCULATOR:
        raise ValueError(f"calculated by {row['calculator']}, expected {CALCULATOR}")


def _find(parent: ET.Element, path: str) -> ET.Element:
    element = parent.find(path)
    if element is None:
        raise ValueError(f"no {path} in <{parent.tag}>")
    return element


def _read_number(parent: ET.Element, path: str) -> float:
    return float(_find(parent, path).text or "")


def _read_vectors(parent: ET.Element, name: str) -> np.ndarray:
    rows = _find(parent, f"varray[@name='{name}']")
    return np.array([[float(number) for number in (row.text or "").split()] for row in rows])


def _read_cells(parent: ET.Element, name: str, *, column: int) -> list[str]:
    rows = _find(parent, f"array[@name='{name}']/set")
    return [(row[column].text or "").strip() for row in rows]
