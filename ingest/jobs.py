"""What the commands run: each job imports what it needs when it starts, so that help is quick."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.console import say, track

if TYPE_CHECKING:
    from warehouse.conventions.alloys import Alloy
    from warehouse.conventions.lattices import ParentLattice
    from warehouse.crystals.executors import Executor
    from warehouse.storage.commits import Commit
    from warehouse.storage.store import Store

Job = Callable[["Store"], "list[Commit]"]

DEFAULT_MAX_ATOMS = 8


def elements_job(store: "Store") -> "list[Commit]":
    """The chemical elements."""
    from ingest.materials.elements import ingest_elements

    return ingest_elements(store)


def materials_job(store: "Store") -> "list[Commit]":
    """The materials of Matbench and their official folds; other sources' properties."""
    from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials
    from ingest.materials.properties import ingest_properties

    return [*ingest_materials(store), *ingest_benchmark_folds(store), *ingest_properties(store)]


def summaries_job(
    choice: Mapping[str, Any] | None = None, road: Mapping[str, Any] | None = None
) -> Job:
    """Summaries of the live Materials Project, by which road; default: all, by its API."""

    def job(store: "Store") -> "list[Commit]":
        from ingest.materials.materials_project.pull import ingest_summaries
        from ingest.materials.materials_project.queries import make_query

        query = make_query(**(choice or {}))
        return ingest_summaries(store, query, **(road or {}), track=track, say=say)

    return job


def own_table_job(path: Path, name: str | None = None, formula: str | None = None) -> Job:
    """A user's table of formulas and any other columns."""

    def job(store: "Store") -> "list[Commit]":
        from ingest.materials.own_table import ingest_own_table

        return ingest_own_table(store, path, name, formula, say=say)

    return job


def alloys_job(names: "Sequence[Alloy] | None" = None, executor: "Executor | None" = None) -> Job:
    """The alloys that the project ships, mapped by `executor` (default: here); default: all."""

    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.shipped import ingest_alloys
        from warehouse.crystals.executors import map_here

        return ingest_alloys(store, names, track=track, executor=executor or map_here)

    return job


def own_alloy_job(
    path: Path,
    alloy: "Alloy | str",
    parent: str,
    references: Sequence[str],
    selection: Mapping[str, Any] | None = None,
    executor: "Executor | None" = None,
) -> Job:
    """The user's structures of one alloy, mapped by `executor`; default: here.

    `alloy` may be told as the species on the sites of `parent`: Li,X; Ni; O; O. `selection` says
    which energies and which structures are meant.
    """

    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.own_structures import ingest_source
        from ingest.alloys.references import parse_references
        from ingest.alloys.site_species import read_alloy_sites
        from ingest.alloys.sources.selection import Selection
        from warehouse.crystals.executors import map_here

        chosen: tuple[Alloy, str | ParentLattice] = (
            read_alloy_sites(parent, alloy) if isinstance(alloy, str) else (alloy, parent)
        )
        return ingest_source(
            store,
            path,
            chosen[0],
            parent=chosen[1],
            references=parse_references(references),
            selection=Selection(**(selection or {})),
            track=track,
            say=say,
            executor=executor or map_here,
        )

    return job


def derivative_structures_job(
    max_atoms: int = DEFAULT_MAX_ATOMS, parent: str = "fcc", sites: str | None = None
) -> Job:
    """Every way to put species on a parent lattice: two elements, or what `sites` allow."""

    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.enumeration import ingest_derivative_structures
        from ingest.alloys.site_species import read_alloy_sites

        lattice = parent if sites is None else read_alloy_sites(parent, sites)[1]
        return ingest_derivative_structures(store, max_atoms, parent=lattice, track=track)

    return job


def clusters_job(cutoffs: Sequence[float] | None = None, parent: str | None = None) -> Job:
    """Cluster spaces in every known supercell; default: of every parent lattice."""

    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.clusters import ingest_clusters

        return ingest_clusters(store, cutoffs, parent=parent, track=track)

    return job
