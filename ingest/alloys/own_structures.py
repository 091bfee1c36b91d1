"""Structures of one's own, in a file or folder: into the warehouse."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ingest.alloys.mapping.mapping_report import describe_source
from ingest.alloys.parents import find_parent
from ingest.alloys.references import complete_end_members
from ingest.alloys.sources.read import read_source
from ingest.alloys.sources.selection import Selection
from ingest.alloys.structures import digest_structures, ingest_structures
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.lattices import ParentLattice
from warehouse.crystals.bounds import clean_text
from warehouse.crystals.executors import Executor, map_here
from warehouse.progress import Track, unsaid, untracked
from warehouse.storage.commits import Commit, Provenance
from warehouse.storage.store import Store


def ingest_source(
    store: Store,
    path: Path,
    alloy: Alloy,
    *,
    parent: str | ParentLattice = "fcc",
    references: Mapping[str, float] | None = None,
    selection: Selection | None = None,
    track: Track = untracked,
    say: Callable[[str], None] = unsaid,
    executor: Executor = map_here,
) -> list[Commit]:
    """Write the structures of `alloy` in a file or folder.

    `parent` is a parent lattice, or the name or file of one whose sites are alike; `references` are
    energies in eV per atom of end members that the source lacks; `selection` says which energies
    and structures are meant; `say` is told what the source holds. Raises WarehouseError if the
    source cannot be read, has no structure that can be used, or lacks an end member; nothing is
    then written.
    """
    lattice = find_parent(parent, store) if isinstance(parent, str) else parent
    chosen = selection or Selection()
    found = read_source(path, alloy, track, chosen.energies)
    say(describe_source(clean_text(path.resolve().name), found, alloy))
    found = chosen.apply(found)
    structures = complete_end_members(found.rows, alloy, lattice, references or {})
    provenance = Provenance(
        source=clean_text(path.resolve().name),
        source_version=f"sha256 {digest_structures(structures)[:12]}",
        parameters={
            "path": clean_text(str(path.resolve())),
            "references": dict(references or {}),
            **chosen.parameters(),
        },
    )
    return ingest_structures(
        store,
        structures,
        provenance=provenance,
        parent=parent,
        rejected=found.rejected,
        track=track,
        executor=executor,
    )
