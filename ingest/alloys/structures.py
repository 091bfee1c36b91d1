"""Calculated structures of binary alloys: into the warehouse and onto their parent lattice."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ingest.alloys.mapping import map_structures
from ingest.alloys.parents import find_parent, get_parent, ingest_parents
from ingest.embedded.origins import ORIGINS
from warehouse.commits import Commit, Provenance
from warehouse.errors import WarehouseError
from warehouse.progress import Track, untracked
from warehouse.store import Store

EMBEDDED_STRUCTURES = Path(__file__).parent.parent / "embedded" / "alloy_structures.parquet"


def read_embedded_structures(alloys: Sequence[str] | None = None) -> pl.DataFrame:
    """Rows of `alloy_structures` that are shipped with the project; default: of every alloy.

    Raises WarehouseError if one of `alloys` is not among them.
    """
    structures = pl.read_parquet(EMBEDDED_STRUCTURES)
    if alloys is None:
        return structures
    known = structures["alloy"].unique().sort().to_list()
    if unknown := sorted(set(alloys) - set(known)):
        raise WarehouseError(
            f"no embedded structures of {', '.join(unknown)}",
            hint=f"use one of: {', '.join(known)}",
        )
    return structures.filter(pl.col("alloy").is_in(list(alloys)))


def ingest_alloys(
    store: Store, alloys: Sequence[str] | None = None, *, track: Track = untracked
) -> list[Commit]:
    """Write the embedded structures of `alloys` (default: all), their mappings and supercells.

    Raises WarehouseError for an unknown alloy.
    """
    origin = next(origin for origin in ORIGINS if origin.package == "pyclupan")
    terms = {"license": "BSD-3-Clause", "citations": ["10.1103/PhysRevB.80.165122"]}
    provenance = Provenance(origin.package, origin.version, terms)
    return ingest_structures(
        store, read_embedded_structures(alloys), provenance=provenance, track=track
    )


def ingest_structures(
    store: Store,
    structures: pl.DataFrame,
    *,
    provenance: Provenance,
    parent: str = "fcc",
    track: Track = untracked,
) -> list[Commit]:
    """Write `structures`, rows of `alloy_structures`, their mappings and their supercells.

    `parent` is a parent lattice's name or file. What the warehouse held of the same alloys is
    replaced. Raises WarehouseError if an alloy lacks a pure element; nothing of that alloy's
    mappings is then written.
    """
    found = find_parent(parent, store)
    settings = Provenance(
        provenance.source, provenance.source_version, {"parent_lattice": found.name}
    )
    commits = [ingest_parents(store, found, provenance=settings)]
    parent_lattice = get_parent(found.name, store)
    for alloy in structures["alloy"].unique().sort():
        scope = {"alloy": alloy}
        rows = structures.filter(pl.col("alloy") == alloy)
        commits.append(store.replace("alloy_structures", rows, scope=scope, provenance=provenance))
        valid = store.read("alloy_structures").filter(pl.col("alloy") == alloy)
        mapped = map_structures(alloy, valid, parent_lattice, track)
        # Supercells first: a mapping never names a supercell that is not there.
        commits.append(store.insert("supercells", mapped.supercells, provenance=settings))
        commits.append(
            store.replace(
                "lattice_mappings",
                mapped.mappings,
                scope=scope,
                provenance=settings,
                rejected=mapped.rejected,
            )
        )
    return commits
