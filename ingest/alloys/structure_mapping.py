"""One structure on its parent lattice: on which site each of its atoms sits.

These functions run in this process or, for many structures, on Spark's workers.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.alloys.misfit import judge_misfit
from ingest.alloys.symmetry import decoration_id
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import (
    IntArray,
    ParentLattice,
    hermite_normal_form,
    hnf_to_entries,
    supercell_id,
)
from warehouse.conventions.sites import encode_occupation, site_indices
from warehouse.tables import MAX_SITES, LatticeMappings

if TYPE_CHECKING:
    from ase import Atoms

MAPPED_COLUMNS = ("structure_id", "symbols", "cell", "positions")
"""Columns of `alloy_structures` that tell where a structure's atoms sit."""


def map_batch(
    batch: pa.RecordBatch, alloy: Alloy, parent: ParentLattice, lattice_parameter: float
) -> pa.RecordBatch:
    """What becomes of structures of `alloy`: each a row of `lattice_mappings`, or the reason.

    `batch` has rows of `alloy_structures`. Runs here or on Spark's workers. An error that is no
    reason names the structure in a note.
    """
    outcomes: list[dict[str, Any]] = []
    for row in batch.to_pylist():
        with _Noted(f"while {row['structure_id']} of {alloy} was mapped"):
            try:
                mapping, hnf = map_structure(row, alloy, parent, lattice_parameter)
            except ValueError as error:
                outcomes.append({"reason": " ".join(str(error).split())})
            else:
                outcomes.append({**mapping, "hermite_normal_form": hnf_to_entries(hnf)})
    return pa.RecordBatch.from_pylist(outcomes, outcome_schema())


def map_structure(
    row: dict[str, Any], alloy: Alloy, parent: ParentLattice, lattice_parameter: float
) -> tuple[dict[str, Any], IntArray]:
    """Map a row of `alloy_structures`: its row of `lattice_mappings`, and its supercell.

    `strain` is the norm of icet's isochoric Biot strain: the change of shape that is left
    once the cell has the volume of its ideal counterpart; the ideal hcp cell has the parent's
    ratio of its axes, so a strain holds what the structure's ratio differs by. Raises ValueError
    if the structure has another element, or is of another lattice, or has more than 62 atoms.
    """
    from icet.tools import map_structure_to_reference

    if foreign := sorted(set(row["symbols"]) - set(alloy.elements)):
        raise ValueError(f"{', '.join(foreign)} in a structure of {' and '.join(alloy.elements)}")
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
    flags = judge_misfit(atoms, info, parent, lattice_parameter)
    hnf = hermite_normal_form(info.transformation_matrix)
    sites = parent.locate(ideal.positions / lattice_parameter)
    is_second = np.array(ideal.get_chemical_symbols()) == alloy.second
    occupation = encode_occupation(site_indices(hnf, sites), is_second)
    mapping = {
        "alloy": alloy.name,
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


def _atoms(row: dict[str, Any]) -> "Atoms":
    """The relaxed structure as ase.Atoms, its cell made right-handed as icet needs it."""
    from ase import Atoms

    cell = np.array(row["cell"])
    if np.linalg.det(cell) < 0:
        cell[2] *= -1
    return Atoms(row["symbols"], positions=row["positions"], cell=cell, pbc=True)


class _Noted:
    """Adds a note to whatever error leaves the context."""

    def __init__(self, note: str) -> None:
        self.note = note

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            error.add_note(self.note)


def outcome_schema() -> pa.Schema:
    """Columns of `lattice_mappings`, the supercell and, where there is none of these, why."""
    mapping = LatticeMappings.create_empty()
    empty = mapping.with_columns(
        hermite_normal_form=pl.lit(None, pl.List(pl.Int64)), reason=pl.lit(None, pl.String)
    )
    return empty.to_arrow(compat_level=pl.CompatLevel.oldest()).schema
