"""`python -m analysis`: fit the models, judge them, write the pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.console import DEFAULT_WAREHOUSE, WarehouseOption, make_app, track

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.results import Results

app = make_app("Fit models to the warehouse's views, judge them, and write the pages.")

AlloyOption = Annotated[str, typer.Option(metavar="NAME", help="For example au-cu, ag-au, ag-cu.")]
MethodsOption = Annotated[
    str,
    typer.Option(
        metavar="A,B,...",
        help="Some of least_squares, ridge, lasso, adaptive_lasso, elastic_net, ard, "
        "bayesian_ridge, weighted_ridge, or all.",
    ),
]
CutoffsOption = Annotated[
    str | None,
    typer.Option(
        metavar="PAIR,TRIPLET,...",
        help="Keep clusters up to these, in lattice parameters a; default: the whole space.",
    ),
]
SplitsOption = Annotated[
    str,
    typer.Option(
        metavar="A,B,...",
        help="Beside the two that choose and judge the choice, some of random_10_fold, "
        "leave_composition_out, size_5_to_6, or all.",
    ),
]
SpaceOption = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Cluster space, as `python -m ingest clusters` made it.  [default: fcc-4-2.5-1.6, or "
        "the same cutoffs on the alloy's own parent lattice]",
    ),
]
BenchmarkOption = Annotated[
    str,
    typer.Option(metavar="NAME", help="matbench_mp_is_metal, matbench_expt_is_metal or all."),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the folds that choose hyperparameters.")
]
OutputOption = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the pages.")]

StructureOption = Annotated[
    str | None,
    typer.Option("--structure", metavar="ID", help="Structure's name, or a decoration_id."),
]
HullOption = Annotated[
    Literal["data", "predicted"] | None,
    typer.Option(help="All structures on the hull of the data or of the selected model."),
]
ModelOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Fitted model, such as lasso, for icet.")
]
GeometryOption = Annotated[
    Literal["ideal", "relaxed"] | None,
    typer.Option(help="Default: relaxed where a source's name asks for it, else ideal."),
]
FormatOption = Annotated[
    Literal["poscar", "extxyz", "cif", "icet"] | None,
    typer.Option("--format", help="Default: extxyz for structures, icet for a model."),
]
FileOption = Annotated[
    Path,
    typer.Option("--output", metavar="PATH", help="File; a folder for a hull in poscar or cif."),
]

DEFAULT_SPACE = "fcc-4-2.5-1.6"


@app.command()
def cluster_expansion(
    alloy: AlloyOption = "au-cu",
    methods: MethodsOption = "all",
    cluster_space: SpaceOption = None,
    cutoffs: CutoffsOption = None,
    splits: SplitsOption = "all",
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit cluster expansions of an alloy's formation energies.

    Example: python -m analysis cluster-expansion --alloy ag-au --methods ridge,lasso --cutoffs 3,2
    """
    from analysis.cluster_expansion.inputs import find_space, parse_cutoffs, read_dataset
    from analysis.cluster_expansion.models import METHODS
    from analysis.cluster_expansion.splits import SPLITS
    from analysis.cluster_expansion.study import run_study
    from analysis.reuse import digest_inputs, find_run
    from warehouse.connection import connect

    longest = None if cutoffs is None else parse_cutoffs(cutoffs)
    with connect(warehouse) as connection:
        space = cluster_space or find_space(connection, alloy, DEFAULT_SPACE)
        dataset, orbits = read_dataset(connection, alloy, space, longest)
        chosen_methods, chosen_splits = _list(methods, METHODS), _list(splits, SPLITS)
        settings = {"methods": chosen_methods, "splits": chosen_splits, "seed": seed}
        inputs = digest_inputs("cluster_expansion", settings | {"cutoffs": longest}, dataset)
        if run_id := find_run(connection, "cluster_expansion", alloy, inputs):
            typer.echo(f"cluster_expansion of {alloy}: unchanged since run {run_id}")
            return
    results = run_study(dataset, orbits, chosen_methods, chosen_splits, seed, track)
    _save(warehouse, results, "rmse", inputs)


@app.command()
def metals(
    formulas: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FORMULA]...", help="What to ask about, with --predict."),
    ] = None,
    predict: Annotated[
        bool,
        typer.Option("--predict", help="Fit nothing: ask the fitted classifier about formulas."),
    ] = False,
    benchmark: BenchmarkOption = "all",
    quick: Annotated[
        bool, typer.Option("--quick", help="Scores and the ladder only, without the curves.")
    ] = False,
    seed: SeedOption = 0,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit the metal / non-metal classifier to Matbench's data, or ask it about formulas.

    Example: python -m analysis metals --predict Cu3Au GaN
    """
    from analysis.metals.data import BENCHMARKS, read_energies, read_materials
    from analysis.metals.scoring import score_formulas
    from analysis.metals.study import run_study
    from analysis.reuse import digest_inputs, find_run
    from warehouse.connection import connect

    if predict or formulas:
        if not (predict and formulas):
            raise typer.BadParameter("formulas and --predict go together")
        asked = BENCHMARKS[0] if benchmark == "all" else benchmark
        with connect(warehouse) as connection:
            for answer in score_formulas(connection, formulas, asked):
                typer.echo(answer.text)
        return
    if benchmark not in ("all", *BENCHMARKS):
        raise typer.BadParameter(f"--benchmark is all or one of {', '.join(BENCHMARKS)}")
    with connect(warehouse) as connection:
        materials = dict(zip(BENCHMARKS, read_materials(connection, *BENCHMARKS), strict=True))
        energies = {name: read_energies(connection, materials[name]) for name in BENCHMARKS}
    for name in BENCHMARKS if benchmark == "all" else (benchmark,):
        (other,) = (materials[other] for other in BENCHMARKS if other != name)
        is_thorough = not quick and name == BENCHMARKS[0]
        settings = {"seed": seed, "is_thorough": is_thorough}
        inputs = digest_inputs("metals", settings, materials[name].dataset, other.dataset)
        with connect(warehouse) as connection:
            run_id = find_run(connection, "metals", name, inputs)
        if run_id:
            typer.echo(f"metals of {name}: unchanged since run {run_id}")
            continue
        results = run_study(
            materials[name], other, energies[name], seed, track, is_thorough=is_thorough
        )
        _save(warehouse, results, "balanced_accuracy", inputs)


@app.command()
def report(
    output: OutputOption = Path("reports"),
    alloy: AlloyOption = "au-cu",
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Run both studies and write the pages and metrics.json.

    Example: python -m analysis report --output reports
    """
    from analysis.pages import make_folder
    from analysis.report import write_report
    from warehouse.connection import connect

    make_folder(output)
    cluster_expansion(alloy, warehouse=warehouse)
    metals(warehouse=warehouse)
    with connect(warehouse) as connection:
        for path in write_report(connection, output, alloy):
            typer.echo(path)


@app.command()
def export(
    output: FileOption,
    alloy: AlloyOption = "au-cu",
    structure: StructureOption = None,
    hull: HullOption = None,
    model: ModelOption = None,
    geometry: GeometryOption = None,
    file_format: FormatOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write structures, a whole hull or a fitted model to files of other programs.

    A model becomes an icet ClusterExpansion, which mchammer can run.

    Example: python -m analysis export --hull predicted --format poscar --output ground_states
    """
    if [structure, hull, model].count(None) != 2:
        raise typer.BadParameter("give one of --structure, --hull and --model")
    formats = {None, "icet"} if model is not None else {None, "poscar", "extxyz", "cif"}
    if file_format not in formats or (model is not None and geometry is not None):
        raise typer.BadParameter("a model, and nothing else, is written in icet's format")
    from analysis.cluster_expansion.icet_model import write_icet_model
    from analysis.cluster_expansion.structures import list_hull, read_structures, write_structures
    from warehouse.connection import connect

    with connect(warehouse) as connection:
        if model is not None:
            write_icet_model(connection, alloy, model, output)
            return
        names = list_hull(connection, alloy, hull) if hull is not None else [str(structure)]
        structures = read_structures(connection, alloy, names, geometry)
    write_structures(structures, file_format or "extxyz", output)


def _list(text: str, everything: "Iterable[str]") -> list[str]:
    """The names in `text`, each once; `all` means everything."""
    return list(everything) if text == "all" else list(dict.fromkeys(text.split(",")))


def _save(warehouse: Path, results: "Results", metric: str, inputs: str | None = None) -> None:
    """Write results back into the warehouse and print one score of each model and split."""
    from analysis.results import list_scores, save_results
    from warehouse.store import Store

    save_results(Store(warehouse), results, inputs)
    for line in list_scores(results, metric):
        typer.echo(line)


if __name__ == "__main__":
    app()
