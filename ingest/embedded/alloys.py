"""Calculated alloys: pyclupan's relaxed Cu–Ag–Au cells and tce-lib's Ta–W cells."""

import io
import json
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import polars as pl

FOLDER = ("examples", "Cu-Ag-Au", "DFT")
TANTALUM_TUNGSTEN = "tce/datasets/tungsten_tantalum_genetic"
CALCULATOR = "VASP PAW PBE"
VOIGT_ORDER = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


def build_alloy_structures(pyclupan: Path, tce_lib: Path) -> pl.DataFrame:
    """Every structure once, whichever alloys it belongs to; see the two functions below."""
    frames = read_pyclupan(pyclupan), read_tantalum_tungsten(tce_lib)
    return pl.concat(frames, how="diagonal")


def read_pyclupan(sdist: Path) -> pl.DataFrame:
    """Read every structure of one, two and three elements.

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
        rows.append({"structure_id": structure_id, "source": "pyclupan", **row})
    return pl.DataFrame(rows)


def read_tantalum_tungsten(wheel: Path) -> pl.DataFrame:
    """Read tce-lib's Ta–W cells of 128 atoms: sites of bcc, and one energy each.

    Raises ValueError if the data set says that it is of another lattice or program.
    """
    from ase.io import iread

    rows = []
    with ZipFile(wheel) as archive:
        said = json.loads(archive.read(f"{TANTALUM_TUNGSTEN}/metadata.json"))
        if said["lattice_structure"] != "bcc" or not said["description"].endswith("using VASP"):
            raise ValueError(f"{TANTALUM_TUNGSTEN} is another data set: {said}")
        count = sum(name.startswith(f"{TANTALUM_TUNGSTEN}/conf") for name in archive.namelist())
        for number in range(count):
            name = f"configuration_{number}"
            text = archive.read(f"{TANTALUM_TUNGSTEN}/{name}.xyz").decode()
            atoms = next(iread(io.StringIO(text), format="extxyz"))
            row = {
                "structure_id": name,
                "source": "tce-lib",
                "cell": atoms.cell.tolist(),
                "positions": atoms.positions.tolist(),
                "symbols": atoms.get_chemical_symbols(),
                "total_energy": atoms.get_potential_energy(),
                "volume": round(atoms.get_volume(), 10),
                "calculator": "VASP",
            }
            rows.append(row)
    return pl.DataFrame(rows)


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
