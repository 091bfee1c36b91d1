"""Calculated properties with identifiers and cells, from the CSV files in matminer's old sdist.

They are crystals of the Materials Project: elastic (de Jong 2015), dielectric (Petousis 2017) and
piezoelectric (de Jong 2015) tensors, and 3,938 formation energies (Faber 2015). Two files have an
index column that their header does not name.
"""

import ast
import csv
import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

Reader = Callable[[str], Any]

_ELASTIC: Mapping[str, tuple[str, Reader]] = {
    "material_id": ("material_id", str),
    "formula": ("formula", str),
    "nsites": ("nsites", int),
    "volume": ("volume", float),
    "spacegroup_number": ("space_group", int),
    "bulk_modulus_voigt": ("K_Voigt", float),
    "bulk_modulus_reuss": ("K_Reuss", float),
    "bulk_modulus_vrh": ("K_VRH", float),
    "shear_modulus_voigt": ("G_Voigt", float),
    "shear_modulus_reuss": ("G_Reuss", float),
    "shear_modulus_vrh": ("G_VRH", float),
    "universal_anisotropy": ("elastic_anisotropy", float),
    "homogeneous_poisson": ("poisson_ratio", float),
}
_DIELECTRIC: Mapping[str, tuple[str, Reader]] = {
    "material_id": ("material_id", str),
    "formula": ("formula", str),
    "nsites": ("nsites", int),
    "volume": ("volume", float),
    "spacegroup_number": ("space_group", int),
    "band_gap": ("band_gap", float),
    "e_electronic": ("poly_electronic", float),
    "e_total": ("poly_total", float),
    "n": ("n", float),
}
_PIEZOELECTRIC: Mapping[str, tuple[str, Reader]] = {
    "material_id": ("material_id", str),
    "formula": ("formula", str),
    "nsites": ("nsites", lambda text: int(float(text))),
    "volume": ("volume", float),
    "spacegroup_number": ("space_group", lambda text: int(float(text))),
    "point_group": ("point_group", str),
    "e_ij_max": ("eij_max", float),
}
_FORMATION: Mapping[str, tuple[str, Reader]] = {
    "material_id": ("material_id", str),
    "formula": ("formula", lambda text: _write(ast.literal_eval(text))),
    "nsites": ("nsites", int),
    "volume": ("structure", lambda text: _volume(ast.literal_eval(text))),
    "formation_energy_per_atom": ("formation_energy_per_atom", float),
    "energy_above_hull": ("e_above_hull", float),
}
_FILES = {
    "matminer_elastic": ("elastic_tensor", _ELASTIC),
    "matminer_dielectric": ("dielectric_constant", _DIELECTRIC),
    "matminer_piezoelectric": ("piezoelectric_tensor", _PIEZOELECTRIC),
    "matminer_flla": ("flla_2015", _FORMATION),
}


def build_matminer(sdist: Path) -> dict[str, pl.DataFrame]:
    """Read the four files of matminer 0.3.2, each sorted by identifier."""
    folder = f"{sdist.name.removesuffix('.tar.gz')}/matminer/datasets"
    frames = {}
    with tarfile.open(sdist) as archive:
        for name, (file, columns) in _FILES.items():
            packed = archive.extractfile(f"{folder}/{file}.csv")
            if packed is None:
                raise ValueError(f"{sdist} lacks {file}.csv")
            rows = _read_rows(packed.read().decode())
            frames[name] = pl.DataFrame(
                [
                    {column: read(row[field]) for column, (field, read) in columns.items()}
                    for row in rows
                ]
            ).sort("material_id")
    return frames


def _read_rows(text: str) -> list[dict[str, str]]:
    """Rows of a file that begins with its reference; CIFs within quotes have # and newlines."""
    reference, _, body = text.partition("\n")
    if not reference.startswith("# ref"):
        raise ValueError("the file does not begin with its reference")
    header, *rows = csv.reader(io.StringIO(body))
    if rows and len(rows[0]) == len(header) + 1:
        header = ["", *header]
    return [dict(zip(header, row, strict=True)) for row in rows]


def _write(amounts: Mapping[str, float]) -> str:
    return "".join(f"{element}{amount:g}" for element, amount in sorted(amounts.items()))


def _volume(structure: Mapping[str, Any]) -> float:
    """Volume of the cell in Å³, from its lattice vectors."""
    return abs(float(np.linalg.det(np.array(structure["lattice"]["matrix"], dtype=float))))
