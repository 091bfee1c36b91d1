"""`python -m ingest`: bring the sources into the warehouse's tables."""

import os

import typer

from ingest import jobs
from ingest.commands.running import do_jobs
from ingest.options import (
    AlloysOption,
    BulkOption,
    BulkUriOption,
    ChemsysOption,
    ClustersCutoffsOption,
    ClustersParentOption,
    ElementsOption,
    EndpointOption,
    EnergyOption,
    EnumeratedSitesOption,
    FieldsOption,
    FormulaOption,
    LatticeOption,
    MaterialIdsOption,
    MaterialsSourceOption,
    MaxAtomsOption,
    NonCommercialOption,
    ParentOption,
    PerAtomOption,
    ReferenceOption,
    SinceOption,
    SitesOption,
    SourceOption,
    SpeciesOption,
    TableArgument,
    TableNameOption,
    WhereOption,
)
from warehouse.commands.engines import EngineOption, MasterOption, SettingsOption, executor
from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app
from warehouse.conventions.cluster_spaces import parse_cutoffs
from warehouse.errors import WarehouseError

app = make_app("Bring the sources into tables; a job that finds nothing new changes nothing.")


@app.command(name="all")
def ingest_all(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Run every job on the data that the project ships; with MP_API_KEY, pull the live ones too.

    Example: python -m ingest all
    """
    do_jobs(
        warehouse,
        jobs.elements_job,
        jobs.materials_job,
        jobs.alloys_job(),
        jobs.derivative_structures_job(),
        jobs.clusters_job(),
    )
    if os.environ.get("MP_API_KEY"):
        typer.echo("MP_API_KEY is set: now the live Materials Project")
        do_jobs(warehouse, jobs.summaries_job())
    else:
        typer.echo("all from the data that the project ships; MP_API_KEY is not set")


@app.command()
def materials(
    source: MaterialsSourceOption = "matbench",
    chemsys: ChemsysOption = None,
    elements: ElementsOption = None,
    material_ids: MaterialIdsOption = None,
    since: SinceOption = None,
    fields: FieldsOption = None,
    include_non_commercial: NonCommercialOption = False,
    bulk: BulkOption = False,
    bulk_uri: BulkUriOption = None,
    endpoint: EndpointOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest the materials of both Matbench is_metal tasks, or of the live Materials Project.

    The other options need `--source materials-project`. Its API takes your key from the variable
    MP_API_KEY. A pull of everything replaces what was there; any other one adds to it. A pull that
    was interrupted goes on where it stopped.

    Example: python -m ingest materials --source materials-project --chemsys Au-Cu
    """
    choice = {
        "chemsys": chemsys,
        "elements": elements,
        "material_ids": material_ids,
        "since": since,
        "fields": fields,
        "include_non_commercial": include_non_commercial,
    }
    road = {"bulk": bulk, "bulk_uri": bulk_uri, "endpoint": endpoint}
    given = [f"--{name.replace('_', '-')}" for name, value in (choice | road).items() if value]
    if source == "matbench":
        if given:
            raise typer.BadParameter(f"{given[0]} needs --source materials-project")
        do_jobs(warehouse, jobs.materials_job)
        return
    excluded = {"--chemsys", "--elements", "--material-ids", "--since", "--endpoint"} & set(given)
    if (bulk or bulk_uri) and excluded:
        raise typer.BadParameter(f"the bulk table is read whole: leave out {min(excluded)}")
    do_jobs(warehouse, jobs.summaries_job(choice, road))


@app.command()
def table(
    file: TableArgument,
    name: TableNameOption = None,
    formula: FormulaOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest a table of your own: formulas, and any other columns of numbers or texts.

    FILE is CSV, however it is written, or Parquet. A unit may stand in a header, as in hardness
    (GPa). What is no formula, or no number among numbers, is told and kept in quarantine. The
    table takes the place of an earlier one of its name.

    Example: python -m ingest table hardness.csv

    Example: python -m ingest table hardness.csv --name steels --formula composition
    """
    do_jobs(warehouse, jobs.own_table_job(file, name, formula))


@app.command()
def elements(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Ingest the chemical elements: charges, periodic table, Magpie's properties.

    Example: python -m ingest elements
    """
    do_jobs(warehouse, jobs.elements_job)


@app.command()
def alloys(
    alloy: AlloysOption = None,
    source: SourceOption = None,
    species: SpeciesOption = None,
    sites: SitesOption = None,
    parent: LatticeOption = "fcc",
    reference: ReferenceOption = None,
    energy: EnergyOption = None,
    per_atom: PerAtomOption = False,
    where: WhereOption = None,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest the structures of alloys and map each onto its parent lattice.

    Without --from they are the ones that the project ships: ag-au, ag-cu and au-cu and, where
    --alloy names them, ag-au-cu and ta-w, which take longer. Structures from --from take the place
    of what the warehouse held of their alloy. Two elements or more are on one lattice with an atom
    on every site, or --sites says which species, vacancies among them, are on which. Energies are
    total, in eV for the cell, unless you say --per-atom. With --engine spark they are mapped by
    Spark's workers; else one after the other, here.

    Example: python -m ingest alloys --alloy au-cu --alloy ag-au-cu

    Example: python -m ingest alloys --from runs --species Au,Cu --parent fcc

    Example: python -m ingest alloys --from runs --parent LiNiO2.cif --sites "Li,X; Ni; O; O"

    Example: python -m ingest alloys --from my.db --species Ag,Pd --where "calculator = 'vasp'"
    """
    if source is None:
        given = [species, sites, reference, energy, per_atom, where, parent != "fcc"]
        _refuse_options_without_source(any(given))
    elif alloy or (species is None) == (sites is None):
        raise WarehouseError(
            "--from needs --species or --sites, and no --alloy",
            hint=f"python -m ingest alloys --from {source} --species Au,Cu",
        )
    with executor(engine, spark_master, spark_conf) as mapper:
        chosen = sites if species is None else species
        if source is None or chosen is None:
            do_jobs(warehouse, jobs.alloys_job(alloy, mapper))
        else:
            selection = {"energy": energy, "per_atom": per_atom, "where": where}
            references = reference or []
            job = jobs.own_alloy_job(source, chosen, parent, references, selection, mapper)
            do_jobs(warehouse, job)


@app.command(name="enumerate")
def enumerate_structures(
    max_atoms: MaxAtomsOption = jobs.DEFAULT_MAX_ATOMS,
    parent: ParentOption = "fcc",
    sites: EnumeratedSitesOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest every distinct way to put two elements, or what --sites says, on a parent lattice.

    These derivative structures count once if symmetry makes them equal. What `python -m ingest
    clusters` does for their supercells follows, so that SQL can score them.

    Example: python -m ingest enumerate --max-atoms 12

    Example: python -m ingest enumerate --max-atoms 6 --sites Ag,Au,Cu

    Example: python -m ingest enumerate --max-atoms 6 --parent LiNiO2.cif --sites "Li,X; Ni; O; O"
    """
    do_jobs(
        warehouse, jobs.derivative_structures_job(max_atoms, parent, sites), jobs.clusters_job()
    )


@app.command()
def clusters(
    cutoffs: ClustersCutoffsOption = None,
    parent: ClustersParentOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Ingest a cluster space: its orbits, and their clusters in every known supercell.

    Without --cutoffs, the default space and every other one that is already there are brought up
    to date; what is there is never built again.

    Example: python -m ingest clusters --cutoffs 3.2,1.8 --parent fcc
    """
    do_jobs(
        warehouse, jobs.clusters_job(None if cutoffs is None else parse_cutoffs(cutoffs), parent)
    )


def _refuse_options_without_source(is_given: bool) -> None:
    if is_given:
        raise WarehouseError(
            "--species, --sites, --parent, --reference, --energy, --per-atom and --where are about "
            "structures of your own",
            hint="name them with --from, or choose shipped ones with --alloy",
        )


if __name__ == "__main__":
    app()
