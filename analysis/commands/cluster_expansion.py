"""`cluster-expansion`: fit the energies of an alloy."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.commands.options import (
    DEFAULT_ALLOY,
    AlloyOption,
    ExcludeOption,
    RefitOption,
    SeedOption,
    ThoroughOption,
)
from analysis.commands.running import run_and_tell, split_names
from warehouse.commands.engines import (
    EngineOption,
    MasterOption,
    SettingsOption,
    spark_or_none,
)
from warehouse.console import (
    DEFAULT_WAREHOUSE,
    WarehouseOption,
    note_stale_runs,
    print_json,
    track,
)
from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import ClusterSpaceName, parse_cutoffs
from warehouse.storage.warehouse import Warehouse

MethodsOption = Annotated[
    str,
    typer.Option(
        metavar="A,B,...",
        help="Some of least_squares, ridge, lasso, adaptive_lasso, elastic_net, ard, "
        "bayesian_ridge, weighted_ridge, concentration_ridge, or all.",
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
        help="Cluster space, as `python -m ingest clusters` made it.  "
        f"[default: {ClusterSpaceName('fcc')}, or the same cutoffs on the "
        "alloy's own parent lattice]",
    ),
]


def cluster_expansion(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="With --predict: structures to ask about, folders or indices of them.",
        ),
    ] = None,
    predict: Annotated[
        bool,
        typer.Option("--predict", help="Fit nothing: ask the fitted model about structures."),
    ] = False,
    answer_format: Annotated[
        Literal["text", "json"],
        typer.Option("--format", help="How --predict answers; --methods names another model."),
    ] = "text",
    alloy: AlloyOption = DEFAULT_ALLOY,
    methods: MethodsOption = "all",
    cluster_space: SpaceOption = None,
    cutoffs: CutoffsOption = None,
    splits: SplitsOption = "all",
    exclude: ExcludeOption = None,
    refit: RefitOption = "training",
    seed: SeedOption = 0,
    thorough: ThoroughOption = False,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit cluster expansions of an alloy's formation energies, or ask about your own structures.

    With --predict: the energy of every structure in the files, relaxed or ideal, of any size, with
    an interval, what adds most to it, its place above the hull, whether it is like the training
    data, and how it was mapped. A table (CSV, JSON, Parquet) with a column file names files; of a
    folder of VASP runs the final ones are read, and every other folder is told.

    Example: python -m analysis cluster-expansion --alloy au-cu --predict POSCAR cells.xyz

    Example: python -m analysis cluster-expansion --alloy ag-au --methods ridge,lasso --cutoffs 3,2
    """
    if predict or files:
        if not (predict and files):
            raise typer.BadParameter("files and --predict go together")
        chosen = (cluster_space, cutoffs, exclude, splits, refit, seed, thorough, engine)
        if chosen != (None, None, None, "all", "training", 0, False, "duckdb"):
            raise typer.BadParameter("--predict asks what was fitted: leave options of a fit away")
        _ask(warehouse, files, alloy, None if methods == "all" else methods, answer_format)
        return
    from analysis.cluster_expansion.data import find_space
    from analysis.cluster_expansion.models.methods import METHODS
    from analysis.cluster_expansion.settings import ClusterExpansionSettings
    from analysis.cluster_expansion.splits import SPLITS
    from warehouse.catalog.connection import connect

    longest = None if cutoffs is None else parse_cutoffs(cutoffs)
    with connect(warehouse) as connection:
        space = cluster_space or find_space(connection, alloy)
    settings = ClusterExpansionSettings(
        cluster_space=space,
        methods=split_names(methods, METHODS),
        splits=tuple(sorted(split_names(splits, SPLITS))),
        cutoffs=None if longest is None else tuple(longest),
        seed=seed,
        is_thorough=thorough,
        exclude=tuple(sorted({name for text in exclude or () for name in text.split(",")})),
        refit=refit,
    )
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        run_and_tell(warehouse, "cluster_expansion", alloy.name, settings, spark)


def _ask(
    warehouse: Warehouse, files: list[Path], alloy: Alloy, model: str | None, answer_format: str
) -> None:
    """Print what a fitted expansion says of the structures in `files`.

    Raises WarehouseError for those that have no answer, when the others are printed.
    """
    from analysis.cluster_expansion.own_structures.known_model import read_known_model
    from analysis.cluster_expansion.own_structures.predict import predict_files
    from warehouse.catalog.connection import connect
    from warehouse.errors import WarehouseError

    with connect(warehouse) as connection:
        note_stale_runs(connection)
        known = read_known_model(connection, alloy, model)
    if answer_format == "text":
        typer.echo(known.text)
    answers = []
    for path in track(files, "predict structures"):
        for answer in predict_files(known, [path]):
            answers.append(answer)
            if answer_format == "text" and answer.reason is None:
                typer.echo(answer.text)
    if answer_format == "json":
        told = {"alloy": alloy.name, "model": known.model, "run_id": known.run_id}
        fitted = {"refit": known.refit, "n_fitted": len(known.fitted)}
        print_json({**told, **fitted, "structures": [asdict(answer) for answer in answers]})
    unanswered = [answer for answer in answers if answer.reason is not None]
    for answer in unanswered:
        typer.echo(f"{answer.name}: {answer.reason}", err=True)
    missing = [answer for answer in unanswered if answer.is_missing]
    if missing:
        n_asked = len(answers) - len(unanswered) + len(missing)
        raise WarehouseError(
            f"{len(missing)} of {n_asked} structures have no answer",
            hint="mend each as it says; the others are answered",
        )
