"""`python -m ingest`: bring the sources into the warehouse's tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest import jobs
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.store import Store

app = make_app("Bring the sources into tables; a job that finds nothing new changes nothing.")

AlloyOption = Annotated[
    list[str] | None, typer.Option("--alloy", metavar="NAME", help="For example au-cu.")
]
SourceOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="PATH",
        help="Your own structures: a folder of VASP runs, an extxyz file, an ASE database, or a "
        "CSV or Parquet index of energies beside structure files.",
    ),
]
SpeciesOption = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="The two elements of --from, in any order: Au,Cu."),
]
LatticeOption = Annotated[
    str,
    typer.Option(
        "--parent",
        metavar="NAME|FILE",
        help="Parent lattice of --from: fcc, bcc, hcp, or a file of the ideal crystal.",
    ),
]
ReferenceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="A=ENERGY",
        help="Energy in eV per atom of a pure element that --from lacks.",
    ),
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


@app.command(name="all")
def ingest_all(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Run every job on the data that the project ships.

    Example: python -m ingest all
    """
    _run(
        warehouse,
        jobs.elements,
        jobs.materials,
        jobs.alloys(),
        jobs.derivative_structures(),
        jobs.clusters(),
    )


@app.command()
def materials(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the materials of both Matbench is_metal tasks and their official folds.

    Example: python -m ingest materials
    """
    _run(warehouse, jobs.materials)


@app.command()
def elements(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the chemical elements: charges, periodic table, Magpie's properties.

    Example: python -m ingest elements
    """
    _run(warehouse, jobs.elements)


@app.command()
def alloys(
    alloy: AlloyOption = None,
    source: SourceOption = None,
    species: SpeciesOption = None,
    parent: LatticeOption = "fcc",
    reference: ReferenceOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest the structures of binary alloys and map each onto its parent lattice.

    Without --from they are the ones that the project ships. Structures from --from take the place
    of what the warehouse held of their alloy. Energies are total, in eV for the cell.

    Example: python -m ingest alloys --alloy au-cu --alloy ag-au

    Example: python -m ingest alloys --from runs --species Au,Cu --parent fcc
    """
    if source is None:
        _refuse_options_without_source(species, parent, reference)
        _run(warehouse, jobs.alloys(alloy))
    elif species is None or alloy:
        raise WarehouseError(
            "--from needs --species, and no --alloy",
            hint=f"python -m ingest alloys --from {source} --species Au,Cu",
        )
    else:
        _run(warehouse, jobs.own_alloy(source, species, parent, reference or []))


@app.command(name="enumerate")
def enumerate_structures(
    max_atoms: MaxAtomsOption = jobs.DEFAULT_MAX_ATOMS,
    parent: ParentOption = "fcc",
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest every distinct way to put two elements on a parent lattice, up to a size.

    These derivative structures count once if symmetry makes them equal. Run `python -m ingest
    clusters` next, so that SQL can score them.

    Example: python -m ingest enumerate --max-atoms 12
    """
    _run(warehouse, jobs.derivative_structures(max_atoms, parent))


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
    _run(warehouse, jobs.clusters(None if cutoffs is None else _parse_cutoffs(cutoffs), parent))


def _refuse_options_without_source(
    species: str | None, parent: str, reference: list[str] | None
) -> None:
    if species or reference or parent != "fcc":
        raise WarehouseError(
            "--species, --parent and --reference are about structures of your own",
            hint="name them with --from, or choose shipped ones with --alloy",
        )


def _run(warehouse: Path, *todo: jobs.Job) -> None:
    """Run jobs one after the other and say what each did; show SQL what is new."""
    from warehouse.catalog import build_catalog
    from warehouse.connection import CATALOG_NAME
    from warehouse.store import Store

    store = Store(warehouse)
    is_new = False
    for job in todo:
        for commit in job(store):
            is_new |= commit.is_new
            change = f"version {commit.version}" if commit.is_new else "unchanged"
            kept_out = f", {commit.n_quarantined} in quarantine" if commit.n_quarantined else ""
            name = f"{commit.table} {commit.scope}"
            typer.echo(f"{name:<34}{commit.n_rows:>9,} rows  {change}{kept_out}")
            if commit.table == "lattice_mappings":
                _describe(store, commit.scope)
    if is_new and (warehouse / CATALOG_NAME).exists():
        build_catalog(store)


def _describe(store: "Store", alloy: str) -> None:
    from ingest.alloys.report import describe_alloy

    for line in describe_alloy(store, alloy):
        typer.echo(f"  {line}")


def _parse_cutoffs(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise WarehouseError(
            f"--cutoffs {text!r} is not a list of numbers", hint="write it like --cutoffs 3.2,1.8"
        ) from error


if __name__ == "__main__":
    app()
