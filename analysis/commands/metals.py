"""`metals`: fit the metal / non-metal classifier, or ask it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.options import SeedOption, ThoroughOption
from analysis.commands.running import run_and_tell, split_names
from warehouse.commands.engines import (
    EngineOption,
    MasterOption,
    SettingsOption,
    spark_or_none,
)
from warehouse.console import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, print_json
from warehouse.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from analysis.metals.settings import MetalsSettings
    from warehouse.engines import Gathered
    from warehouse.spark.engine import SparkEngine

BenchmarkOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="matbench_mp_is_metal, matbench_expt_is_metal, materials_project_is_metal (live rows, "
        "with their structures) or all.",
    ),
]


FeaturesOption = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,...",
        help="With --strength, a try of your own: some of fractions, cell, electrons, charges, "
        "roles, pairs, magpie.",
    ),
]
StrengthOption = Annotated[
    float | None,
    typer.Option(help="With --features: C, one over the strength of the penalty, above 0."),
]
PropertiesOption = Annotated[
    bool,
    typer.Option("--properties", help="Fit nothing that is kept: what do other properties add?"),
]
FigureOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="With --properties: also a figure.")
]
FoldOption = Annotated[
    int, typer.Option(min=0, max=4, help="Fold of formulas that a try holds out.")
]

LEAST_LIVE = 1000
"""Live rows that the study of all data sets takes the trouble for; ask by name for fewer."""


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
    features: FeaturesOption = None,
    strength: StrengthOption = None,
    test_fold: FoldOption = 0,
    properties: PropertiesOption = False,
    output: FigureOption = None,
    as_json: JsonOption = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Scores and the ladder only, without the curves.")
    ] = False,
    thorough: ThoroughOption = False,
    seed: SeedOption = 0,
    engine: EngineOption = "duckdb",
    spark_master: MasterOption = None,
    spark_conf: SettingsOption = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Fit the metal / non-metal classifier to Matbench's data, or ask it about formulas.

    Where the warehouse has live rows of the Materials Project, it also says what their structures,
    energies and magnetism would add.

    With --features and --strength it makes one fit of your own, tells its scores on what it was
    fitted to and on formulas held out, and keeps nothing.

    Example: python -m analysis metals --predict Cu3Au GaN

    With --properties it says of volume, density, energies, symmetry and moduli how well each tells
    metals apart, and what it adds to the composition, on formulas held out.

    Example: python -m analysis metals --features fractions,pairs --strength 0.3
    """
    from analysis.metals.benchmarks import MATBENCH, Benchmark
    from analysis.metals.settings import Depth, MetalsSettings

    if benchmark not in ("all", *Benchmark):
        raise typer.BadParameter(f"--benchmark is all or one of {', '.join(Benchmark)}")
    if predict or formulas:
        if not (predict and formulas):
            raise typer.BadParameter("formulas and --predict go together")
        asked = MATBENCH[0] if benchmark == "all" else benchmark
        _ask(warehouse, formulas, asked, as_json=as_json)
        return
    if features is not None or strength is not None:
        if features is None or strength is None or not 0 < strength < float("inf"):
            raise typer.BadParameter("--features and --strength, above 0, go together")
        asked = MATBENCH[0] if benchmark == "all" else benchmark
        _try(warehouse, asked, split_names(features, ()), strength, test_fold)
        return
    if properties or output:
        if not properties:
            raise typer.BadParameter("--output goes with --properties")
        _climb_properties(warehouse, MATBENCH[0] if benchmark == "all" else benchmark, output)
        return
    if as_json:
        raise typer.BadParameter("--json goes with --predict; scores: python -m analysis runs")
    if quick and thorough:
        raise typer.BadParameter("--quick and --thorough exclude each other")
    settings = MetalsSettings(
        seed, Depth.QUICK if quick else Depth.THOROUGH if thorough else Depth.USUAL
    )
    with spark_or_none(engine, warehouse, spark_master, spark_conf) as spark:
        fit_benchmarks(warehouse, None if benchmark == "all" else [benchmark], settings, spark)


def fit_benchmarks(
    warehouse: Warehouse,
    names: Sequence[str] | None,
    settings: "MetalsSettings",
    spark: "SparkEngine | None" = None,
    gathered: "Gathered | None" = None,
) -> None:
    """Fit the classifier to these data sets, or to all there are; to the measured quickly."""
    from analysis.metals.benchmarks import MATBENCH, Benchmark
    from analysis.metals.settings import Depth
    from analysis.metals.shared_reading import sharing_materials
    from warehouse.engines import DuckEngine, gather

    if names is None:
        names = [*MATBENCH, *([Benchmark.LIVE] if _is_live(warehouse) else [])]
    measured = replace(settings, depth=Depth.QUICK)
    shared_rows = nullcontext(gathered) if gathered else gather(DuckEngine(warehouse))
    with shared_rows as shared, sharing_materials():
        for name in names:
            chosen = measured if name == MATBENCH[1] else settings
            run_and_tell(warehouse, "metals", name, chosen, spark, shared)


def _ask(warehouse: Warehouse, formulas: list[str], benchmark: str, *, as_json: bool) -> None:
    """Print what the classifier of `benchmark` says of `formulas`.

    Raises WarehouseError for those that have no answer, when the others are printed.
    """
    from analysis import load_model
    from warehouse.errors import WarehouseError

    answers = load_model("metals", benchmark, warehouse=str(warehouse)).explain(formulas)
    if as_json:
        print_json([asdict(answer) for answer in answers])
    missing = [answer for answer in answers if answer.probability is None]
    for answer in answers:
        if answer.probability is not None and not as_json:
            typer.echo(answer.text)
    if missing:
        raise WarehouseError(
            f"{len(missing)} of {len(answers)} formulas have no answer: "
            + "; ".join(answer.likeness for answer in missing),
            hint="mend each as it says; the others are answered",
        )


def _try(
    warehouse: Warehouse, benchmark: str, features: tuple[str, ...], strength: float, fold: int
) -> None:
    """Print the scores of one fit that is not kept."""
    from analysis.metals.inquiries.own_try import try_classifier
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        for line in try_classifier(connection, benchmark, features, strength, fold).lines():
            typer.echo(line)


def _climb_properties(warehouse: Warehouse, benchmark: str, output: Path | None) -> None:
    """Print what other properties add to the composition, and draw it."""
    from analysis.metals.inquiries.property_ladder import (
        climb_properties,
        draw_properties,
        tell_properties,
    )
    from analysis.pages.figure_files import write_figure
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        found = climb_properties(connection, benchmark)
    for line in tell_properties(found, benchmark):
        typer.echo(line)
    if output:
        write_figure(draw_properties(found), output, 16)
        typer.echo(f"{output}: the same as a figure")


def _is_live(warehouse: Warehouse) -> bool:
    """Whether there are live rows enough for a study; says so if there are some, but too few."""
    from analysis.metals.benchmarks import Benchmark
    from analysis.metals.inquiries.structure_ladder import count_live
    from warehouse.catalog.connection import connect

    with connect(warehouse) as connection:
        n_live = count_live(connection)
    if 0 < n_live < LEAST_LIVE:
        typer.echo(
            f"metals of {Benchmark.LIVE}: left out, {n_live} rows are fewer than {LEAST_LIVE}"
        )
    return n_live >= LEAST_LIVE
