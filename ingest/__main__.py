"""`python -m ingest`: bring the sources into the warehouse's tables."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app, track
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.commits import Commit
    from warehouse.store import Store

app = make_app("Bring the sources into tables; a job that finds nothing new changes nothing.")

AlloyOption = Annotated[
    list[str] | None, typer.Option("--alloy", metavar="NAME", help="For example au-cu.")
]
CutoffsOption = Annotated[
    str | None,
    typer.Option(
        metavar="PAIR,TRIPLET,...",
        help="Longest pair, triplet, ... in lattice parameters a.  [default: 3.2,1.8,1.6]",
    ),
]


@app.command(name="all")
def ingest_all(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Run every job on the data that the project ships.

    Example: python -m ingest all
    """
    elements(warehouse)
    materials(warehouse)
    alloys(None, warehouse)
    clusters(None, warehouse)


@app.command()
def materials(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the materials of both Matbench is_metal tasks and their official folds.

    Example: python -m ingest materials
    """
    from ingest.materials.matbench import ingest_benchmark_folds, ingest_materials

    _run(ingest_materials, warehouse)
    _run(ingest_benchmark_folds, warehouse)


@app.command()
def elements(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the chemical elements: charges, periodic table, Magpie's properties.

    Example: python -m ingest elements
    """
    from ingest.materials.elements import ingest_elements

    _run(ingest_elements, warehouse)


@app.command()
def alloys(alloy: AlloyOption = None, warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the structures of binary alloys and map each onto its parent lattice.

    Example: python -m ingest alloys --alloy au-cu --alloy ag-au
    """
    from ingest.alloys.structures import ingest_alloys

    _run(lambda store: ingest_alloys(store, alloy, track=track), warehouse)


@app.command()
def clusters(cutoffs: CutoffsOption = None, warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest a cluster space: its orbits, and their clusters in every known supercell.

    Example: python -m ingest clusters --cutoffs 3.2,1.8
    """
    from ingest.alloys.clusters import ingest_clusters

    lengths = None if cutoffs is None else _parse_cutoffs(cutoffs)
    _run(lambda store: ingest_clusters(store, lengths, track=track), warehouse)


def _run(job: "Callable[[Store], Sequence[Commit]]", warehouse: WarehouseOption) -> None:
    """Run a job and say what it did to each table."""
    from warehouse.store import Store

    for commit in job(Store(warehouse)):
        change = f"version {commit.version}" if commit.is_new else "unchanged"
        kept_out = f", {commit.n_quarantined} in quarantine" if commit.n_quarantined else ""
        typer.echo(f"{commit.table:<20}{commit.n_rows:>9,} rows  {change}{kept_out}")


def _parse_cutoffs(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise WarehouseError(
            f"--cutoffs {text!r} is not a list of numbers", hint="write it like --cutoffs 3.2,1.8"
        ) from error


if __name__ == "__main__":
    app()
