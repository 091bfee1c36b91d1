"""One structure on its parent lattice: on which site each of its atoms sits.

These functions run in this process or, for many structures, on Spark's workers.
"""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import (
    IntArray,
    ParentLattice,
    hnf_to_entries,
    supercell_id,
)
from warehouse.conventions.sites import encode_bits, occupied_bits
from warehouse.crystals.decorations import find_decoration
from warehouse.crystals.placement import make_right_handed
from warehouse.crystals.symmetry import name_decoration
from warehouse.tables import MAX_SITES, LatticeMappings

MAPPED_COLUMNS = (
    *("structure_id", "symbols", "cell", "positions"),
    *("initial_cell", "initial_positions"),
)
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

    `strain` is the norm of the isochoric Biot strain: the change of shape that is left once the
    cell has the volume of its ideal counterpart; the ideal hcp cell has the parent's ratio of its
    axes, so a strain holds what the structure's ratio differs by. Raises ValueError if the
    structure has another element, or is of another lattice, or has more than 1,024 atoms, or its
    atoms do not fill sites that they may be on.
    """
    if (n_atoms := len(row["symbols"])) > MAX_SITES:
        raise ValueError(f"{n_atoms} atoms, and a cell here has at most {MAX_SITES:,}")
    cell, fractions = make_right_handed(row["cell"], row["positions"])
    placed = find_decoration(cell, fractions, row["symbols"], alloy, parent, lattice_parameter)
    assignment, site_species = placed.assignment, placed.site_species
    if len(site_species) > MAX_SITES:
        raise ValueError(f"{len(site_species)} sites, and a cell here has at most {MAX_SITES:,}")
    decoration = name_decoration(parent, assignment.hnf, site_species)
    flags = placed.flags
    if _began_otherwise(row, alloy, parent, lattice_parameter, decoration):
        flags.append("relaxed_into_other_decoration")
    ideal_volume = len(site_species) / len(parent.basis) * abs(np.linalg.det(parent.cell))
    mapping = {
        "alloy": alloy.name,
        "structure_id": row["structure_id"],
        "parent_lattice": parent.name,
        "lattice_parameter": lattice_parameter,
        "supercell_id": supercell_id(parent, assignment.hnf),
        "occupation": encode_bits(occupied_bits(parent, assignment.hnf, site_species)),
        "site_species": site_species.tolist(),
        "decoration_id": decoration,
        "volumetric_strain": float(np.linalg.det(cell) / (ideal_volume * lattice_parameter**3) - 1),
        "strain": placed.fit.strain,
        "mean_displacement": float(assignment.displacements.mean()) * lattice_parameter,
        "max_displacement": float(assignment.displacements.max()) * lattice_parameter,
        "warnings": flags,
    }
    return mapping, assignment.hnf


def _began_otherwise(
    row: dict[str, Any],
    alloy: Alloy,
    parent: ParentLattice,
    lattice_parameter: float,
    decoration: str | None,
) -> bool:
    """Whether the structure's first step, if it is known, was of another decoration."""
    if row.get("initial_cell") is None or row.get("initial_positions") is None:
        return False
    try:
        cell, fractions = make_right_handed(row["initial_cell"], row["initial_positions"])
        began = find_decoration(
            cell, fractions, row["symbols"], alloy, parent, lattice_parameter, judge=False
        )
    except ValueError:  # It began on no lattice at all, which says nothing of where it ended.
        return False
    return name_decoration(parent, began.assignment.hnf, began.site_species) != decoration


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
