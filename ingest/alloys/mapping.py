"""Where the atoms of a relaxed structure sit on the ideal parent lattice."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ingest.alloys.fit import judge_fit
from ingest.alloys.lattice import (
    IntArray,
    ParentLattice,
    encode_occupation,
    hermite_normal_form,
    site_indices,
    supercell_id,
    supercell_rows,
)
from ingest.alloys.symmetry import decoration_id
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.tables import MAX_SITES, LatticeMappings
from warehouse.validation import REFUSED_SCHEMA

if TYPE_CHECKING:
    from ase import Atoms

Row = dict[str, Any]

OTHER_ENERGY = "equal_decoration_other_energy"
ENERGY_TOLERANCE = 1e-4
"""Energies of equal decorations may differ by so much before they are flagged; eV per atom."""


@dataclass(frozen=True)
class MappedStructures:
    """What a mapping of structures gives: rows for two tables, and what could not be mapped."""

    mappings: pl.DataFrame
    supercells: pl.DataFrame
    rejected: pl.DataFrame


def alloy_elements(alloy: str) -> tuple[str, str]:
    """The two elements of an alloy in alphabetical order: ("Au", "Cu") for au-cu."""
    first, second = sorted(name.capitalize() for name in alloy.split("-"))
    return first, second


def alloy_lattice_parameter(alloy: str, structures: pl.DataFrame, parent: ParentLattice) -> float:
    """Lattice parameter in Å of an alloy's parent: the mean of its two elements (Vegard's law).

    Each element's own parameter follows from the volume of its most stable pure structure.
    Raises WarehouseError if `structures` lack one of the pure elements.
    """
    parameters = []
    for element in alloy_elements(alloy):
        pure = structures.filter(
            (pl.col("alloy") == alloy) & (pl.col("symbols").list.unique() == [element])
        )
        if pure.is_empty():
            raise WarehouseError(
                f"{alloy}: no structure of pure {element} among {structures.height} structures",
                hint=f"add pure {element}, relaxed with the same settings; formation energies "
                "and the parent's lattice parameter refer to it",
            )
        n_atoms = pl.col("symbols").list.len()
        best = pure.sort(pl.col("total_energy") / n_atoms).row(0, named=True)
        parameters.append(parent.lattice_parameter(best["volume"] / len(best["symbols"])))
    return float(np.mean(parameters))


def map_structures(
    alloy: str, structures: pl.DataFrame, parent: ParentLattice, track: Track = untracked
) -> MappedStructures:
    """Map the `structures` of one alloy, rows of `alloy_structures`, on their parent lattice.

    A structure that has no place on the lattice goes to `rejected` with the reason. Raises
    WarehouseError if a pure element is missing or has no place, or if no structure has one.
    """
    lattice_parameter = alloy_lattice_parameter(alloy, structures, parent)
    mappings: list[Row] = []
    supercells: dict[str, IntArray] = {}
    rejected: list[Row] = []
    for row in track(structures.rows(named=True), f"map {alloy} on {parent.name}"):
        try:
            mapping, hnf = map_structure(row, parent, lattice_parameter)
        except ValueError as error:
            named = {key: row[key] for key in ("alloy", "structure_id", "source", "symbols")}
            reason = " ".join(str(error).split())
            rejected.append({"row": json.dumps(named), "reason": reason})
        else:
            mappings.append(mapping)
            supercells[mapping["supercell_id"]] = hnf
    if not mappings:
        raise WarehouseError(
            f"{alloy}: none of {structures.height} structures fits {parent.name}; the first one: "
            f"{rejected[0]['reason']}",
            hint="name the lattice that the structures are made of with --parent",
        )
    _refuse_unmapped_elements(alloy, structures, mappings, parent)
    return MappedStructures(
        mappings=_flag_other_energies(
            pl.DataFrame(mappings, schema=LatticeMappings.create_empty().schema), structures
        ),
        supercells=supercell_rows(parent, supercells.values()),
        rejected=pl.DataFrame(rejected, schema=REFUSED_SCHEMA),
    )


def _refuse_unmapped_elements(
    alloy: str, structures: pl.DataFrame, mappings: list[Row], parent: ParentLattice
) -> None:
    """Formation energies refer to both pure elements on the parent lattice."""
    mapped = structures.filter(
        pl.col("structure_id").is_in([mapping["structure_id"] for mapping in mappings])
    )
    for element in alloy_elements(alloy):
        if mapped.filter(pl.col("symbols").list.unique() == [element]).is_empty():
            raise WarehouseError(
                f"{alloy}: no structure of pure {element} fits {parent.name}, to which formation "
                "energies refer",
                hint=f"add pure {element} on that lattice, or name another with --parent",
            )


def map_structure(
    row: Row, parent: ParentLattice, lattice_parameter: float
) -> tuple[Row, IntArray]:
    """Map one row of `alloy_structures`: its row of `lattice_mappings`, and its supercell.

    `strain` is the norm of icet's isochoric Biot strain: the change of shape that is left
    once the cell has the volume of its ideal counterpart; the ideal hcp cell has the parent's
    ratio of its axes, so a strain holds what the structure's ratio differs by. Raises ValueError
    if the structure has a third element, or is of another lattice, or has more than 62 atoms.
    """
    from icet.tools import map_structure_to_reference

    elements = alloy_elements(row["alloy"])
    if foreign := sorted(set(row["symbols"]) - set(elements)):
        raise ValueError(f"{', '.join(foreign)} in a structure of {' and '.join(elements)}")
    if (n_atoms := len(row["symbols"])) > MAX_SITES:
        raise ValueError(f"{n_atoms} atoms, and an occupation holds at most {MAX_SITES}")
    atoms = _atoms(row)
    try:
        ideal, info = map_structure_to_reference(
            atoms, parent.atoms(lattice_parameter), suppress_warnings=True
        )
    except ValueError as error:
        raise ValueError(f"another lattice: no supercell of {parent.name} is like it") from error
    if len(ideal) != len(row["symbols"]):
        raise ValueError(
            f"vacancies: {len(row['symbols'])} atoms on the {len(ideal)} sites of the supercell"
        )
    flags = judge_fit(atoms, info, parent, lattice_parameter)
    hnf = hermite_normal_form(info.transformation_matrix)
    sites = parent.locate(ideal.positions / lattice_parameter)
    is_second = np.array(ideal.get_chemical_symbols()) == elements[1]
    occupation = encode_occupation(site_indices(hnf, sites), is_second)
    mapping = {
        "alloy": row["alloy"],
        "structure_id": row["structure_id"],
        "parent_lattice": parent.name,
        "lattice_parameter": lattice_parameter,
        "supercell_id": supercell_id(parent, hnf),
        "occupation": occupation,
        "decoration_id": decoration_id(parent, hnf, occupation),
        "volumetric_strain": info.volumetric_strain,
        "strain": info.eigenstrain_norm,
        "mean_displacement": info.dravg,
        "max_displacement": info.drmax,
        "warnings": flags,
    }
    return mapping, hnf


def _flag_other_energies(mappings: pl.DataFrame, structures: pl.DataFrame) -> pl.DataFrame:
    """Add a warning to structures of equal decoration whose energies per atom differ."""
    energy = pl.col("total_energy") / pl.col("symbols").list.len()
    energies = structures.select("alloy", "structure_id", energy=energy)
    flagged = mappings.join(energies, on=["alloy", "structure_id"], how="left").with_columns(
        spread=(pl.col("energy").max() - pl.col("energy").min()).over("alloy", "decoration_id")
    )
    with_other = pl.col("warnings").list.concat([pl.lit(OTHER_ENERGY)])
    differs = pl.col("spread") > ENERGY_TOLERANCE
    return flagged.with_columns(
        warnings=pl.when(differs).then(with_other).otherwise(pl.col("warnings"))
    ).select(mappings.columns)


def _atoms(row: Row) -> "Atoms":
    """The relaxed structure as ase.Atoms, its cell made right-handed as icet needs it."""
    from ase import Atoms

    cell = np.array(row["cell"])
    if np.linalg.det(cell) < 0:
        cell[2] *= -1
    return Atoms(row["symbols"], positions=row["positions"], cell=cell, pbc=True)
