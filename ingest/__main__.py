"""`python -m ingest`: bring the sources into the warehouse's tables."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app, track
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.commits import Commit
    from warehouse.store import Store

Job = Callable[["Store"], "list[Commit]"]

app = make_app("Bring the sources into tables; a job that finds nothing new changes nothing.")

AlloyOption = Annotated[
    list[str] | None, typer.Option("--alloy", metavar="NAME", help="For example au-cu.")
]
CutoffsOption = Annotated[
    str | None,
    typer.Option(
        metavar="PAIR,TRIPLET,...",
        help="Longest pair, triplet, ... in lattice parameters a.  [default: 4,2.5,1.6]",
    ),
]
MaxAtomsOption = Annotated[
    int, typer.Option(min=1, metavar="N", help="Most atoms per cell; at most 20.")
]
ParentOption = Annotated[str, typer.Option(metavar="NAME", help="Parent lattice, for example fcc.")]
ClustersParentOption = Annotated[
    str | None,
    typer.Option(
        "--parent", metavar="NAME", help="Parent lattice.  [default: each that has supercells]"
    ),
]

DEFAULT_MAX_ATOMS = 8


@app.command(name="all")
def ingest_all(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Run every job on the data that the project ships.

    Example: python -m ingest all
    """
    _run(warehouse, _elements, _materials, _alloys(None), _enumerate(), _clusters())


@app.command()
def materials(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the materials of both Matbench is_metal tasks and their official folds.

    Example: python -m ingest materials
    """
    _run(warehouse, _materials)


@app.command()
def elements(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the chemical elements: charges, periodic table, Magpie's properties.

    Example: python -m ingest elements
    """
    _run(warehouse, _elements)


@app.command()
def alloys(alloy: AlloyOption = None, warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the structures of binary alloys and map each onto its parent lattice.

    Example: python -m ingest alloys --alloy au-cu --alloy ag-au
    """
    _run(warehouse, _alloys(alloy))


@app.command(name="enumerate")
def enumerate_structures(
    max_atoms: MaxAtomsOption = DEFAULT_MAX_ATOMS,
    parent: ParentOption = "fcc",
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest every distinct way to put two elements on a parent lattice, up to a size.

    These derivative structures count once if symmetry makes them equal. Run `python -m ingest
    clusters` next, so that SQL can score them.

    Example: python -m ingest enumerate --max-atoms 12
    """
    _run(warehouse, _enumerate(max_atoms, parent))


@app.command()
def clusters(
    cutoffs: CutoffsOption = None,
    parent: ClustersParentOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest a cluster space: its orbits, and their clusters in every known supercell.

    Without --cutoffs, the default space and every other one that is already there are brought up
    to date; what is there is never built again.

    Example: python -m ingest clusters --cutoffs 3.2,1.8 --parent fcc
    """
    _run(warehouse, _clusters(None if cutoffs is None else _parse_cutoffs(cutoffs), parent))


def _elements(store: "Store") -> "list[Commit]":
    from ingest.materials.elements import ingest_elements

    return ingest_elements(store)


def _materials(store: "Store") -> "list[Commit]":
    from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials

    return [*ingest_materials(store), *ingest_benchmark_folds(store)]


def _alloys(names: list[str] | None) -> Job:
    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.structures import ingest_alloys

        return ingest_alloys(store, names, track=track)

    return job


def _enumerate(max_atoms: int = DEFAULT_MAX_ATOMS, parent: str = "fcc") -> Job:
    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.enumeration import ingest_derivative_structures

        return ingest_derivative_structures(store, max_atoms, parent=parent, track=track)

    return job


def _clusters(cutoffs: list[float] | None = None, parent: str | None = None) -> Job:
    def job(store: "Store") -> "list[Commit]":
        from ingest.alloys.clusters import ingest_clusters

        return ingest_clusters(store, cutoffs, parent=parent, track=track)

    return job


def _run(warehouse: Path, *jobs: Job) -> None:
    """Run jobs one after the other and say what each did; show SQL what is new."""
    from warehouse.catalog import build_catalog
    from warehouse.connection import CATALOG_NAME
    from warehouse.store import Store

    store = Store(warehouse)
    is_new = False
    for job in jobs:
        for commit in job(store):
            is_new |= commit.is_new
            change = f"version {commit.version}" if commit.is_new else "unchanged"
            kept_out = f", {commit.n_quarantined} in quarantine" if commit.n_quarantined else ""
            name = f"{commit.table} {commit.scope}"
            typer.echo(f"{name:<34}{commit.n_rows:>9,} rows  {change}{kept_out}")
    if is_new and (warehouse / CATALOG_NAME).exists():
        build_catalog(store)


def _parse_cutoffs(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise WarehouseError(
            f"--cutoffs {text!r} is not a list of numbers", hint="write it like --cutoffs 3.2,1.8"
        ) from error


if __name__ == "__main__":
    app()
