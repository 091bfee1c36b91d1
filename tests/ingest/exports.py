"""Embedded structures written as a researcher would have them: the same rows, other files."""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import ase.db
import numpy as np
import polars as pl
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from ase.units import GPa

from ingest.alloys.shipped import read_embedded_structures
from warehouse.conventions.alloys import Alloy

Row = dict[str, Any]

AG_AU = read_embedded_structures([Alloy.parse("ag-au")]).filter(pl.col("symbols").list.len() < 4)
"""Pure silver and gold, and all fcc cells of two and three atoms."""

HEADER = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <generator><i name="version" type="string">6.3.0 </i></generator>
 <incar></incar>
 <kpoints>
  <generation param="Gamma"><v type="int" name="divisions">1 1 1</v></generation>
  <varray name="kpointlist"><v>0 0 0</v></varray>
  <varray name="weights"><v>1</v></varray>
 </kpoints>
 <parameters>
  <i type="int" name="NELM">{nelm}</i>
  <i type="int" name="NSW">{nsw}</i>
  <i type="int" name="IBRION">2</i>
  <i name="AEXX">0.0</i><i name="HFSCREEN">0.0</i><i type="logical" name="LHFCALC"> F</i>
  <i type="string" name="GGA">PE</i>
  <i type="logical" name="LDAU"> F</i>
 </parameters>
 <atominfo>
  <array name="atoms"><set>{atoms}</set></array>
  <array name="atomtypes"><set>{types}</set></array>
 </atominfo>
 <structure name="initialpos">{geometry}</structure>
"""
STEP = """ <calculation>
  <scstep><energy>
   <i name="e_fr_energy">{energy:.8f}</i><i name="e_wo_entrp">{energy:.8f}</i>
   <i name="e_0_energy">{energy:.8f}</i>
  </energy></scstep>
  <structure>{geometry}</structure>
  <varray name="forces">{forces}</varray>
  <varray name="stress">{stress}</varray>
  <energy>
   <i name="e_fr_energy">{energy:.8f}</i><i name="e_wo_entrp">0.0</i>
   <i name="e_0_energy">0.0001</i>
  </energy>
 </calculation>
"""
FOOTER = """ <structure name="finalpos">{geometry}</structure>
</modeling>
"""


def to_atoms(row: Row) -> Atoms:
    """The structure with its energy, forces (the largest alone) and stress as ASE has them."""
    atoms = Atoms(row["symbols"], positions=row["positions"], cell=row["cell"], pbc=True)
    forces = np.zeros((len(atoms), 3))
    forces[0, 0] = row["max_force"]
    atoms.calc = SinglePointCalculator(
        atoms,
        energy=row["total_energy"],
        forces=forces,
        stress=np.array(row["stress"]) * (-0.1 * GPa),
    )
    return atoms


def write_extxyz(folder: Path, rows: Iterable[Row]) -> Path:
    frames = []
    for row in rows:
        frames.append(to_atoms(row))
        frames[-1].info["structure_id"] = row["structure_id"]
    write(folder / "set.extxyz", frames)
    return folder / "set.extxyz"


def write_database(folder: Path, rows: Iterable[Row], name: str = "set.db") -> Path:
    with ase.db.connect(folder / name) as database:
        for row in rows:
            database.write(to_atoms(row), structure_id=row["structure_id"])
    return folder / name


def write_json(folder: Path, rows: Iterable[Row]) -> Path:
    return write_database(folder, rows, "set.json")


def vasprun(row: Row, nelm: int = 60, nsw: int = 10) -> str:
    """A whole vasprun.xml, as VASP writes it, but for the bands and densities of states."""
    atoms = to_atoms(row)
    cell, fractions = vectors("basis", atoms.cell.array), atoms.get_scaled_positions()
    xx, yy, zz, yz, xz, xy = row["stress"]
    fields = {
        "nelm": nelm,
        "nsw": nsw,
        "energy": row["total_energy"],
        "geometry": f"<crystal>{cell}</crystal>{vectors('positions', fractions)}",
        "forces": lines(atoms.get_forces()),
        "stress": lines([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]),
        "atoms": "".join(f"<rc><c>{s}</c><c>1</c></rc>" for s in row["symbols"]),
        "types": "".join(
            f"<rc><c>1</c><c>{s}</c><c>1</c><c>1</c><c>PAW_PBE {s} 01Jan2000</c></rc>"
            for s in dict.fromkeys(row["symbols"])
        ),
    }
    return HEADER.format(**fields) + STEP.format(**fields) + FOOTER.format(**fields)


def vectors(name: str, rows: Iterable[Iterable[float]]) -> str:
    return f'<varray name="{name}">{lines(rows)}</varray>'


def lines(rows: Iterable[Iterable[float]]) -> str:
    return "".join(f"<v>{' '.join(f'{number:.12f}' for number in row)}</v>" for row in rows)


def write_vasp(folder: Path, rows: Iterable[Row], *, compressed: bool = False) -> Path:
    for row in rows:
        run = folder / "runs" / row["structure_id"]
        run.mkdir(parents=True)
        write(run / "POSCAR", to_atoms(row), format="vasp")
        if compressed:
            (run / "vasprun.xml.gz").write_bytes(gzip.compress(vasprun(row).encode()))
        else:
            (run / "vasprun.xml").write_text(vasprun(row))
    return folder / "runs"


def write_compressed_vasp(folder: Path, rows: Iterable[Row]) -> Path:
    return write_vasp(folder, rows, compressed=True)


def write_index(folder: Path, rows: Iterable[Row]) -> pl.DataFrame:
    entries = []
    for row in rows:
        write(folder / f"{row['structure_id']}.cif", to_atoms(row))
        entry = {key: row[key] for key in ("structure_id", "total_energy", "calculator")}
        entries.append({**entry, "file": f"{row['structure_id']}.cif"})
    return pl.DataFrame(entries)


def write_csv(folder: Path, rows: Iterable[Row]) -> Path:
    write_index(folder, rows).write_csv(folder / "index.csv")
    return folder / "index.csv"


def write_parquet(folder: Path, rows: Iterable[Row]) -> Path:
    write_index(folder, rows).write_parquet(folder / "index.parquet")
    return folder / "index.parquet"


EXPORTS: dict[str, Callable[[Path, Iterable[Row]], Path]] = {
    "extxyz": write_extxyz,
    "ASE database": write_database,
    "ASE JSON database": write_json,
    "VASP runs": write_vasp,
    "compressed VASP runs": write_compressed_vasp,
    "CSV index": write_csv,
    "Parquet index": write_parquet,
}
