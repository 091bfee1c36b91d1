"""Structures of the warehouse as ase.Atoms and files: calculated, derivative, or a whole hull."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb
import numpy as np

from analysis.cluster_expansion.data import suggest_structures
from analysis.cluster_expansion.export.derivatives import (
    CALCULATED,
    read_derivatives,
)
from analysis.cluster_expansion.predicted_hulls import find_predicted_hull
from analysis.datasets import read_rows
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import ParentLattice, entries_to_hnf
from warehouse.conventions.sites import decode_species, site_positions
from warehouse.crystals.structure_files import read_structure_file
from warehouse.errors import WarehouseError
from warehouse.storage.drafts import draft_file
from warehouse.storage.file_names import file_names

if TYPE_CHECKING:
    from ase import Atoms

Hull = Literal["data", "predicted"]
Geometry = Literal["ideal", "relaxed"]

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "poscar": {"format": "vasp", "direct": True, "sort": True},
    "extxyz": {"format": "extxyz"},
    "cif": {"format": "cif"},
}
_ENERGIES = ("formation_energy_per_atom", "predicted_formation_energy_per_atom")
_STRUCTURES = f"""
    with {CALCULATED}
    select
        ideal.*,
        calculated.cell,
        calculated.positions,
        calculated.symbols,
        calculated.formation_energy_per_atom,
        predictions.predicted_formation_energy_per_atom
    from marts.ideal_structures as ideal
    left join calculated
        on ideal.structure_id in (calculated.structure_id, calculated.decoration_id)
    left join marts.derivative_predictions as predictions
        on ideal.alloy = predictions.alloy and ideal.decoration_id = predictions.decoration_id
    where ideal.alloy = $1 and ideal.structure_id in (select unnest(cast($2 as varchar[])))
    qualify row_number() over (
        partition by ideal.structure_id order by calculated.formation_energy_per_atom
    ) = 1
"""
_HULLS = {
    "data": "structure_id from marts.ground_states where is_on_hull",
    "predicted": "decoration_id from marts.predicted_ground_states where is_on_predicted_hull",
}


def read_structures(
    connection: duckdb.DuckDBPyConnection,
    alloy: Alloy,
    names: Sequence[str],
    geometry: Geometry | None = None,
) -> "list[Atoms]":
    """Structures of `alloy`, in Å, by a source's name or the decoration_id of a derivative one.

    Default: relaxed for a source's name, else ideal: on the sites of the parent lattice, with
    the lattice parameter by Vegard's rule. The relaxed form of a decoration is the calculated
    structure of lowest energy that has it. Energies, in eV per atom, are in `info`. Raises
    WarehouseError if a structure or its relaxed form is not there.
    """
    rows = read_rows(connection, _STRUCTURES, [alloy.name, list(names)])
    found = {row["structure_id"]: row for row in rows.rows(named=True)}
    others = [name for name in names if name not in found]
    found |= {row["structure_id"]: row for row in read_derivatives(connection, alloy, others)}
    if missing := [name for name in names if name not in found]:
        raise WarehouseError(
            f"there is no structure {missing[0]!r} of {alloy}",
            hint=suggest_structures(connection, alloy, missing[0]),
        )
    return [_build(found[name], alloy, geometry) for name in names]


def list_hull(connection: duckdb.DuckDBPyConnection, alloy: Alloy, hull: Hull) -> list[str]:
    """Names for `read_structures` of those on a convex hull of `alloy`, by concentration.

    `data` is the hull of the calculated energies, `predicted` that of the selected cluster
    expansion over the derivative structures. Raises WarehouseError if it is not there yet.
    """
    if hull == "predicted" and len(alloy.end_members) > 2:
        names = find_predicted_hull(connection, alloy)
    else:
        sql = f"select {_HULLS[hull]} and alloy = ? order by concentration, 1"
        names = read_rows(connection, sql, [alloy.name]).to_series().to_list()
    if not names:
        raise WarehouseError(
            f"the {hull} hull of {alloy} has no structures",
            hint="run `python -m ingest alloys`"
            if hull == "data"
            else f"run `python -m ingest enumerate{_name_lattice(connection, alloy)}`, `python -m "
            "ingest clusters`, `python -m warehouse build` and "
            f"`python -m analysis cluster-expansion --alloy {alloy}`",
        )
    return names


def _name_lattice(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """The option of `enumerate` for the lattice of `alloy`, if it is mapped on one but fcc."""
    sql = "select any_value(parent_lattice) from staging.lattice_mappings where alloy = ?"
    parent = read_rows(connection, sql, [alloy.name]).item()
    return "" if parent in (None, "fcc") else f" --parent {parent}"


def find_selected(connection: duckdb.DuckDBPyConnection, alloy: Alloy) -> str:
    """Name of the model whose predictions the predicted hull of `alloy` is of."""
    sql = "select any_value(model) from marts.derivative_predictions where alloy = ?"
    return str(read_rows(connection, sql, [alloy.name]).item())


def write_structures(structures: "Sequence[Atoms]", file_format: str, output: Path) -> None:
    """Write `structures` by ASE as poscar, extxyz or cif: one file, or a folder for several.

    An extxyz file holds any number of them. Raises WarehouseError if `output` cannot be written, or
    is a folder with structures of other elements: names alone would not tell them apart.
    """
    from ase.io import write

    options = _OPTIONS[file_format]
    files = {output: structures}
    if file_format != "extxyz" and len(structures) > 1:
        names = file_names([atoms.info["structure_id"] for atoms in structures])
        _refuse_mixing(structures, output, options["format"])
        paths = [output / f"{name}.{options['format']}" for name in names]
        files = {path: [atoms] for path, atoms in zip(paths, structures, strict=True)}
    try:
        if output not in files:
            output.mkdir(parents=True, exist_ok=True)
        for path, of_file in files.items():
            with draft_file(path) as draft:
                write(draft, of_file, **options)
    except OSError as error:
        raise WarehouseError(
            f"{output} cannot be written: {error.strerror}",
            hint="name a file in a folder that is there and writable; a hull in poscar or cif "
            "needs a new folder",
        ) from error


def _refuse_mixing(structures: "Sequence[Atoms]", folder: Path, ending: str) -> None:
    elements = {symbol for atoms in structures for symbol in atoms.get_chemical_symbols()}
    for path in sorted(folder.glob(f"*.{ending}")):
        others = set(read_structure_file(path).get_chemical_symbols()) - elements
        if others:
            raise WarehouseError(
                f"{folder} holds structures of another alloy: {', '.join(sorted(others))} in "
                f"{path.name}",
                hint="name a folder of its own for each alloy",
            )


def _build(row: Mapping[str, Any], alloy: Alloy, geometry: Geometry | None) -> "Atoms":
    from ase import Atoms

    is_derivative = row["structure_id"] == row["decoration_id"]
    if geometry == "ideal" or (geometry is None and is_derivative):
        atoms = _build_ideal(row, alloy)
    elif row["cell"] is None:
        raise WarehouseError(
            f"no calculated structure of {alloy} is decorated like {row['structure_id']}",
            hint="ask for --geometry ideal",
        )
    else:
        atoms = Atoms(row["symbols"], positions=row["positions"], cell=row["cell"], pbc=True)
    keys = ("alloy", "structure_id", "decoration_id", *_ENERGIES)
    atoms.info |= {key: row[key] for key in keys if row[key] is not None}
    return atoms


def _build_ideal(row: Mapping[str, Any], alloy: Alloy) -> "Atoms":
    """Atoms on the ideal sites that have one, in the order of the supercell's site numbers."""
    from ase import Atoms

    a, hnf = row["lattice_parameter"], entries_to_hnf(row["hermite_normal_form"])
    columns = ("primitive_cell", "basis", "n_species", "sublattices")
    parent = ParentLattice.from_row("", *(row[column] for column in columns))
    species = row["site_species"]
    if species is None:
        species = decode_species(parent, hnf, row["occupation"])
    sublattices = np.repeat(parent.sublattices, len(species) // len(parent.basis))
    symbols = np.array(
        [
            alloy.sublattices[place][number]
            for place, number in zip(sublattices, species, strict=True)
        ]
    )
    positions, is_atom = a * site_positions(parent, hnf), symbols != VACANCY
    return Atoms(symbols[is_atom], positions[is_atom], cell=hnf @ parent.cell * a, pbc=True)
