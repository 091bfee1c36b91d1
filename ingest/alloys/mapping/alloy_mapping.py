"""All structures of an alloy on their parent lattice: what is mapped, flagged and refused."""

import json
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.alloys.end_members import list_end_members
from ingest.alloys.hulls import find_hulls
from ingest.alloys.mapping.plausibility import flag_calculations
from ingest.alloys.mapping.structure_mapping import MAPPED_COLUMNS, map_batch, outcome_schema
from ingest.alloys.references import measure_shares
from ingest.alloys.supercells import supercell_rows
from warehouse.conventions.alloys import VACANCY, Alloy
from warehouse.conventions.lattices import ParentLattice, entries_to_hnf
from warehouse.crystals.executors import Executor, map_here
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.storage.validation import REFUSED_SCHEMA
from warehouse.tables import LatticeMappings

NAMING = ("alloy", "structure_id", "source", "symbols")
"""Columns that tell in quarantine which structure was refused."""
OTHER_ENERGY = "equal_decoration_other_energy"
ENERGY_TOLERANCE = 1e-4
"""Energies of equal decorations may differ by so much before they are flagged; eV per atom."""


@dataclass(frozen=True)
class MappedStructures:
    """What a mapping of structures gives: rows for three tables, and what could not be mapped."""

    mappings: pl.DataFrame
    supercells: pl.DataFrame
    facets: pl.DataFrame
    rejected: pl.DataFrame


def alloy_lattice_parameter(alloy: Alloy, structures: pl.DataFrame, parent: ParentLattice) -> float:
    """Lattice parameter in Å of an alloy's parent: the mean of its end members (Vegard's law).

    Each end member's own parameter follows from the volume of its most stable structure. Raises
    WarehouseError if `structures` lack one of them.
    """
    parameters = []
    for member in list_end_members(alloy, parent):
        pure = structures.filter((pl.col("alloy") == alloy.name) & member.condition)
        if pure.is_empty():
            raise WarehouseError(
                f"{alloy}: no structure of {member.label} among {structures.height} structures",
                hint=f"add {member.label}, relaxed with the same settings; formation energies "
                "and the parent's lattice parameter refer to it",
            )
        # Where any site may be vacant, atoms do not tell how many are: the densest has fewest.
        order = "volume" if {*alloy.end_members[0]} == {VACANCY} else "total_energy"
        best = pure.sort(pl.col(order) / pl.col("symbols").list.len()).row(0, named=True)
        n_sites = len(best["symbols"]) * len(parent.basis) / sum(member.atoms.values())
        parameters.append(parent.lattice_parameter(best["volume"] / n_sites))
    return float(np.mean(parameters))


def map_structures(
    alloy: Alloy,
    structures: pl.DataFrame,
    parent: ParentLattice,
    track: Track = untracked,
    executor: Executor = map_here,
) -> MappedStructures:
    """Map the `structures` of one alloy, rows of `alloy_structures`, on their parent lattice.

    A structure that has no place on the lattice goes to `rejected` with the reason. Raises
    WarehouseError if an end member is missing or has no place, or if no structure has one.
    """
    function = partial(
        map_batch,
        alloy=alloy,
        parent=parent,
        lattice_parameter=alloy_lattice_parameter(alloy, structures, parent),
    )
    rows = structures.select(MAPPED_COLUMNS).to_arrow(compat_level=pl.CompatLevel.oldest())
    schema, doing = outcome_schema(), f"map {alloy} on {parent.name}"
    batches = executor(function, rows, schema, track=track, description=doing)
    outcomes = pl.DataFrame(pa.Table.from_batches(batches, schema))
    mapped = outcomes.filter(pl.col("reason").is_null())
    refused = [
        {"row": json.dumps(row), "reason": reason}
        for row, reason in zip(
            structures.select(NAMING).rows(named=True), outcomes["reason"], strict=True
        )
        if reason is not None
    ]
    if mapped.is_empty():
        raise WarehouseError(
            f"{alloy}: none of {structures.height} structures fits {parent.name}; the first one: "
            f"{refused[0]['reason']}",
            hint="name the lattice that the structures are made of with --parent",
        )
    _refuse_unmapped_members(alloy, structures, mapped, parent)
    supercells = mapped.unique("supercell_id", keep="first", maintain_order=True)
    return MappedStructures(
        mappings=_flag_together(
            alloy, parent, mapped.select(LatticeMappings.column_names()), structures
        ),
        facets=find_hulls(alloy, structures, mapped, parent),
        supercells=supercell_rows(parent, map(entries_to_hnf, supercells["hermite_normal_form"])),
        rejected=pl.DataFrame(refused, schema=REFUSED_SCHEMA),
    )


def _refuse_unmapped_members(
    alloy: Alloy, structures: pl.DataFrame, mappings: pl.DataFrame, parent: ParentLattice
) -> None:
    """Formation energies refer to the end members on the parent lattice."""
    decorations = mappings.select("structure_id", "site_species")
    shares, _ = measure_shares(structures.join(decorations, on="structure_id"), alloy, parent)
    for member in list_end_members(alloy, parent):
        of_member = shares[:, alloy.end_members.index(member.species)]
        if not ((of_member == 1) & (shares.min(axis=1) >= 0)).any():
            raise WarehouseError(
                f"{alloy}: no structure of {member.label} fits {parent.name}, to which formation "
                "energies refer",
                hint=f"add {member.label} on that lattice, or name another with --parent",
            )


def _flag_together(
    alloy: Alloy, parent: ParentLattice, mappings: pl.DataFrame, structures: pl.DataFrame
) -> pl.DataFrame:
    """Add the flags that only all structures of the alloy together tell."""
    rows = mappings.select("alloy", "structure_id", "decoration_id", "site_species").join(
        structures, on=["alloy", "structure_id"], how="left", maintain_order="left"
    )
    energy = pl.col("total_energy") / pl.col("symbols").list.len()
    order = pl.struct(energy.alias("energy"), "structure_id").rank("ordinal").over("decoration_id")
    spread = (energy.max() - energy.min()).over("decoration_id")
    of_decorations = rows.select(
        repeats_decoration=order > 1, **{OTHER_ENERGY: spread > ENERGY_TOLERANCE}
    )
    found = {
        **{name: of_decorations[name].to_numpy() for name in of_decorations.columns},
        **flag_calculations(alloy, rows, parent),
    }
    raised = pl.DataFrame(
        {"more": [[f for f in found if found[f][place]] for place in range(mappings.height)]},
        schema={"more": pl.List(pl.String)},
    )
    return mappings.with_columns(warnings=pl.col("warnings").list.concat(raised["more"]))
