"""Calculated structures of alloys: into the warehouse and onto their parent lattice."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from ingest.alloys.mapping.alloy_mapping import MappedStructures, map_structures
from ingest.alloys.parents import find_parent, get_parent, ingest_parents
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.crystals.executors import Executor, map_here
from warehouse.progress import Track, untracked
from warehouse.settings import code_version
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store
from warehouse.storage.validation import validate
from warehouse.tables import AlloyStructures


def ingest_structures(
    store: Store,
    structures: pl.DataFrame,
    *,
    provenance: Provenance,
    parent: str | ParentLattice = "fcc",
    rejected: pl.DataFrame | None = None,
    track: Track = untracked,
    executor: Executor = map_here,
) -> list[Commit]:
    """Write `structures`, rows of `alloy_structures`, their mappings and their supercells.

    `parent` is a parent lattice, or the name or file of one whose sites are alike; `rejected` is
    what the source refused, of one alloy. What the warehouse held of the same alloys is replaced.
    Structures that it has already mapped in the same way are not mapped again; `executor` maps the
    others. Raises WarehouseError if an alloy lacks an end member, or has no structure that fits the
    lattice; nothing of that alloy is then written.
    """
    alloys = [Alloy.parse(name) for name in structures["alloy"].unique().sort()]
    if isinstance(parent, str):
        found = find_parent(parent, store)
        parents = {alloy: found.with_species(len(alloy.sublattices[0])) for alloy in alloys}
    else:
        parents = dict.fromkeys(alloys, parent)
    commits = [ingest_parents(store, *parents.values(), provenance=provenance)]
    for alloy in alloys:
        name, lattice = alloy.name, get_parent(parents[alloy].name, store)
        rows = structures.filter(pl.col("alloy") == name)
        valid, _ = validate(AlloyStructures, rows)
        settings = {
            "alloy": name,
            "parent_lattice": lattice.name,
            "structures": digest_structures(valid),
        }
        note = Provenance(provenance.source, provenance.source_version, settings)
        with hold_lock(store.warehouse.lock(f"alloy-{name}")):
            is_mapped = _is_mapped(store, settings)
            mapped = None if is_mapped else map_structures(alloy, valid, lattice, track, executor)
            commits += _switch_structures(store, rows, rejected, mapped, provenance, note)
    return commits


def _switch_structures(
    store: Store,
    rows: pl.DataFrame,
    rejected: pl.DataFrame | None,
    mapped: MappedStructures | None,
    provenance: Provenance,
    note: Provenance,
) -> list[Commit]:
    """Write one alloy's structures and their mappings; readers see the old or the new ones whole.

    They join mappings to structures by the digest. So new mappings are written beside the old
    ones, then one commit switches to the new structures, then the old mappings go. Machines that
    share a bucket do not share locks: the new mappings are written again if another took them.
    """
    alloy, digest = note.parameters["alloy"], note.parameters["structures"]
    rows = rows.with_columns(structures_digest=pl.lit(digest))
    scope = {"alloy": alloy}
    beside = _write_mappings(store, scope, digest, mapped, note)
    switched = store.replace(
        "alloy_structures", rows, scope=scope, provenance=provenance, rejected=rejected
    )
    if mapped is not None:
        _write_mappings(store, scope, digest, mapped, note)
    kept = scope | {"structures_digest": digest}
    store.keep("hull_facets", scope, kept, provenance=note)
    cleaned = store.keep("lattice_mappings", scope, kept, provenance=note)
    is_new = beside[-1].is_new or cleaned.is_new
    written = replace(beside[-1], version=cleaned.version, is_new=is_new)
    return [switched, *beside[:-1], written]


def _write_mappings(
    store: Store,
    scope: Mapping[str, str],
    digest: str,
    mapped: MappedStructures | None,
    provenance: Provenance,
) -> list[Commit]:
    """Write the mappings of one alloy, their supercells and hull; None says that they are there."""
    if mapped is None:
        n_rows = _held_mappings(store, scope["alloy"], digest).height
        version = store.version("lattice_mappings") or 0
        return [Commit("lattice_mappings", version, n_rows, 0, False, scope["alloy"])]
    of_digest = {**scope, "structures_digest": digest}
    of_structures = pl.lit(digest).alias("structures_digest")
    return [
        # Supercells first: a mapping never names a supercell that is not there.
        store.insert("supercells", mapped.supercells, provenance=provenance),
        store.replace(
            "hull_facets",
            mapped.facets.with_columns(of_structures),
            scope=of_digest,
            provenance=provenance,
        ),
        store.replace(
            "lattice_mappings",
            mapped.mappings.with_columns(of_structures),
            scope=of_digest,
            provenance=provenance,
            rejected=mapped.rejected,
        ),
    ]


def _is_mapped(store: Store, settings: Mapping[str, str]) -> bool:
    """Whether the alloy's newest mappings are of the same structures, parent and code."""
    if _held_mappings(store, settings["alloy"], settings["structures"]).is_empty():
        return False
    if code_version().endswith("+)"):
        return False  # The code was changed since its commit, no one knows how.
    for version in store.history("lattice_mappings"):
        parameters: Any = version.provenance.get("parameters", {})
        if "structures" not in parameters:
            return False  # Written by another job, which may have changed any alloy.
        if parameters["alloy"] == settings["alloy"]:
            is_same_code = version.provenance.get("code_version") == code_version()
            return is_same_code and bool(parameters == settings)
    return False


def _held_mappings(store: Store, alloy: str, digest: str) -> pl.DataFrame:
    """The mappings that were made from the structures with this digest."""
    mappings = store.read("lattice_mappings")
    return mappings.filter(alloy=alloy, structures_digest=digest)


def digest_structures(structures: pl.DataFrame) -> str:
    """What tells structures from others, whatever the order of their rows."""
    rows = structures.drop("structures_digest", strict=False).sort("alloy", "structure_id")
    return hashlib.sha256(rows.write_ndjson().encode()).hexdigest()
